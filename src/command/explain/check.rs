//! A check or one of its reasons: what it means, why it matters, and how to mend it.

use std::io::{self, Write};

use checks::{Check, Judge, Reason};

use super::{BOLD, section, shown, wrapped};
use crate::errors::List;
use crate::language::{Language, Said};
use crate::report::one_line;
use crate::selection;
use crate::settings::Problem;

/// What a text that looks like an id was meant to be; none where it looks like something else.
pub(super) fn meant(asked: &str, id: &str, language: Language) -> Option<Problem> {
    let asked = shown(asked);
    let problem = || {
        Problem::new(match language {
            Language::En => format!("{asked} is neither a check nor a check with a reason"),
            Language::Fr => format!("{asked} n’est ni une vérification ni une vérification avec une raison"),
        })
    };
    let with_reason: Vec<String> = checks::all()
        .filter(|check| check.reason(id).is_some())
        .map(|check| format!("{}/{id}", check.id))
        .collect();
    if !with_reason.is_empty() {
        let of = with_reason.join(", ");
        return Some(problem().help(match language {
            Language::En => format!("this is a reason of: {of}"),
            Language::Fr => format!("c’est une raison de : {of}"),
        }));
    }
    let like_an_id = id.contains('.') && !id.contains(char::is_whitespace);
    let meant = selection::nearest(id).filter(|_| like_an_id)?;
    Some(problem().help(did_you_mean(meant, language)))
}

fn did_you_mean(meant: &str, language: Language) -> String {
    match language {
        Language::En => format!("did you mean {meant}?"),
        Language::Fr => format!("vouliez-vous dire {meant} ?"),
    }
}

pub(super) fn unknown_reason(check: &Check, id: &str, language: Language) -> Problem {
    let ids: Vec<&str> = check.reasons.iter().map(|reason| reason.id).collect();
    let nearest = ids
        .iter()
        .map(|known| (strsim::jaro_winkler(id, known), *known))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(score, _)| *score > 0.8);
    let (check, ids, shown) = (check.id, ids.join(", "), shown(id));
    let problem = Problem::new(match language {
        Language::En => format!("{check} gives no reason {shown}"),
        Language::Fr => format!("{check} ne donne pas de raison {shown}"),
    });
    problem.help(match (nearest, language) {
        (Some((_, meant)), _) => did_you_mean(&format!("{check}/{meant}"), language),
        (None, Language::En) => format!("its reasons: {ids}"),
        (None, Language::Fr) => format!("ses raisons : {ids}"),
    })
}

/// The checks of a family, to ask on.
pub(super) fn about_family(family: &str, language: Language, out: &mut dyn Write) -> io::Result<()> {
    checks::all().filter(|check| check.family() == family).try_for_each(|check| {
        writeln!(out, "{BOLD}{}{BOLD:#}", check.id)?;
        wrapped(check.title.said(language), "  ", "  ", out)
    })
}

pub(super) fn about_check(
    check: &Check,
    list: &List,
    language: Language,
    out: &mut dyn Write,
) -> io::Result<()> {
    let words = Words::of(language);
    writeln!(out, "{BOLD}{}{BOLD:#}: {}", check.id, one_line(check.title.said(language)))?;
    section(words.why, &[check.why.said(language)], out)?;
    section(words.affects, &[check.affects.said(language)], out)?;
    let symptoms: Vec<&str> = check.symptoms.iter().map(|symptom| symptom.said(language)).collect();
    section(words.symptoms, &symptoms, out)?;
    writeln!(out, "\n{BOLD}{}{BOLD:#}", words.reasons)?;
    for reason in check.reasons {
        let line = format!(
            "{:<8}{:<24}{}",
            reason.status.as_str(),
            reason.id,
            one_line(reason.meaning.said(language))
        );
        wrapped(&line, "  ", &" ".repeat(34), out)?;
    }
    errors(check, list, &words, language, out)?;
    references(check, &words, language, out)?;
    writeln!(out, "\n  enrollcheck run {} --only {}", example(check), check.id)
}

/// Errors on devices whose cause it can see.
fn errors(
    check: &Check,
    list: &List,
    words: &Words,
    language: Language,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut seen = list.seen_by(check.id).peekable();
    if seen.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "\n{BOLD}{}{BOLD:#}", words.errors)?;
    for error in seen {
        let name = if error.codes.is_empty() { error.id.clone() } else { error.codes.join(", ") };
        wrapped(&format!("{name}: {}", error.title.said(language)), "  ", "      ", out)?;
    }
    Ok(())
}

pub(super) fn about_reason(
    check: &Check,
    reason: &Reason,
    language: Language,
    out: &mut dyn Write,
) -> io::Result<()> {
    let words = Words::of(language);
    writeln!(out, "{BOLD}{}/{}{BOLD:#} ({})", check.id, reason.id, reason.status.as_str())?;
    section(words.meaning, &[reason.meaning.said(language)], out)?;
    if let Some(remedy) = &reason.remedy {
        section(words.remedy, &[remedy.said(language)], out)?;
    }
    section(words.why, &[check.why.said(language)], out)?;
    section(words.affects, &[check.affects.said(language)], out)?;
    let symptoms: Vec<&str> = check.symptoms.iter().map(|symptom| symptom.said(language)).collect();
    section(words.symptoms, &symptoms, out)?;
    references(check, &words, language, out)?;
    writeln!(out, "\n  enrollcheck run {} --only {}", example(check), check.id)
}

/// What a run of this check needs.
pub(super) fn example(check: &Check) -> &'static str {
    match check.judge {
        Judge::EachPushCertificate(_) => "--apns FILE --apns-previous FILE",
        Judge::EachCertificateFile(_) => "--certificate FILE",
        Judge::EachScepServer(_) => "--scep URL",
        Judge::EachServer(_) => "--server HOST:PORT",
        Judge::Declared(_) => "-c FILE",
        _ => "DOMAIN",
    }
}

fn references(check: &Check, words: &Words, language: Language, out: &mut dyn Write) -> io::Result<()> {
    if check.references.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{BOLD}{}{BOLD:#}", words.references)?;
    for reference in check.references {
        writeln!(out, "  {}\n  {}", reference.title.said(language), reference.url)?;
    }
    Ok(())
}

struct Words {
    why: &'static str,
    affects: &'static str,
    symptoms: &'static str,
    reasons: &'static str,
    meaning: &'static str,
    remedy: &'static str,
    errors: &'static str,
    references: &'static str,
}

impl Words {
    fn of(language: Language) -> Self {
        match language {
            Language::En => Self {
                why: "Why it matters",
                affects: "Whom it affects",
                symptoms: "What users see when it is wrong",
                reasons: "What it can say",
                meaning: "What it means",
                remedy: "What to do",
                errors: "Errors whose cause it can see",
                references: "References",
            },
            Language::Fr => Self {
                why: "Pourquoi c’est important",
                affects: "Qui est touché",
                symptoms: "Ce que voient les utilisateurs en cas de défaut",
                reasons: "Ce qu’elle peut dire",
                meaning: "Ce que cela signifie",
                remedy: "Que faire",
                errors: "Erreurs dont elle peut voir la cause",
                references: "Références",
            },
        }
    }
}
