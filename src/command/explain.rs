//! `enrollcheck explain`: what a check or a reason means, and how to mend it.

use std::io::{self, Write};

use anstyle::Style;
use checks::{Check, Judge, Reason, common};

use super::{Exit, apply_colour, to_stdout, width};
use crate::arguments::Explain;
use crate::language::{Language, Said};
use crate::selection;
use crate::settings::Problem;

const BOLD: Style = Style::new().bold();

pub fn execute(arguments: &Explain) -> anyhow::Result<Exit> {
    apply_colour(arguments.show.color);
    let language = arguments.show.language();
    let asked = arguments.what.trim();
    let (id, reason) = match asked.split_once('/') {
        Some((id, reason)) => (id, Some(reason)),
        None => (asked, None),
    };
    let Some(check) = checks::by_id(id) else {
        return Err(unknown_check(asked, id).into());
    };
    match reason {
        None => to_stdout(&arguments.show, |out| about_check(check, language, out))?,
        Some(id) => {
            let reason = common::reason_of(check, id);
            let Some(reason) = reason else {
                return Err(unknown_reason(check, id).into());
            };
            to_stdout(&arguments.show, |out| about_reason(check, reason, language, out))?;
        }
    }
    Ok(Exit::READY)
}

fn unknown_check(asked: &str, id: &str) -> Problem {
    let problem = Problem::new(format!("{asked:?} is neither a check nor a check with a reason"));
    let with_reason: Vec<String> = checks::all()
        .filter(|check| check.reason(id).is_some())
        .map(|check| format!("{}/{id}", check.id))
        .collect();
    match (with_reason.as_slice(), selection::nearest(id)) {
        ([], Some(meant)) => problem.help(format!("did you mean {meant}?")),
        ([], None) => problem.help("`enrollcheck list` shows every check"),
        (several, _) => problem.help(format!("this is a reason of: {}", several.join(", "))),
    }
}

fn unknown_reason(check: &Check, id: &str) -> Problem {
    let ids: Vec<&str> = check.reasons.iter().map(|reason| reason.id).collect();
    let nearest = ids
        .iter()
        .map(|known| (strsim::jaro_winkler(id, known), *known))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(score, _)| *score > 0.8);
    let problem = Problem::new(format!("{} gives no reason {id:?}", check.id));
    match nearest {
        Some((_, meant)) => problem.help(format!("did you mean {}/{meant}?", check.id)),
        None => problem.help(format!("its reasons: {}", ids.join(", "))),
    }
}

fn about_check(check: &Check, language: Language, out: &mut dyn Write) -> io::Result<()> {
    let words = Words::of(language);
    writeln!(out, "{BOLD}{}{BOLD:#}: {}", check.id, check.title.said(language))?;
    section(words.why, &[check.why.said(language)], out)?;
    section(words.affects, &[check.affects.said(language)], out)?;
    let symptoms: Vec<&str> = check.symptoms.iter().map(|symptom| symptom.said(language)).collect();
    section(words.symptoms, &symptoms, out)?;
    writeln!(out, "\n{BOLD}{}{BOLD:#}", words.reasons)?;
    for reason in check.reasons {
        let line = format!("{:<8}{:<24}{}", reason.status.as_str(), reason.id, reason.meaning.said(language));
        wrapped(&line, "  ", &" ".repeat(34), out)?;
    }
    references(check, &words, language, out)?;
    writeln!(out, "\n  enrollcheck run {} --only {}", example(check), check.id)
}

fn about_reason(check: &Check, reason: &Reason, language: Language, out: &mut dyn Write) -> io::Result<()> {
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
fn example(check: &Check) -> &'static str {
    match check.judge {
        Judge::EachPushCertificate(_) => "--apns FILE --apns-previous FILE",
        Judge::EachCertificateFile(_) => "--certificate FILE",
        Judge::EachScepServer(_) => "--scep URL",
        Judge::EachServer(_) => "--server HOST:PORT",
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

fn section(title: &str, paragraphs: &[&str], out: &mut dyn Write) -> io::Result<()> {
    if paragraphs.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{BOLD}{title}{BOLD:#}")?;
    paragraphs.iter().try_for_each(|paragraph| wrapped(paragraph, "  ", "  ", out))
}

fn wrapped(text: &str, first: &str, rest: &str, out: &mut dyn Write) -> io::Result<()> {
    let width = width().max(40);
    let rest = if width < 60 { "    " } else { rest };
    let options = crate::report::layout::options(width).initial_indent(first).subsequent_indent(rest);
    textwrap::wrap(text, options).iter().try_for_each(|line| writeln!(out, "{line}"))
}

struct Words {
    why: &'static str,
    affects: &'static str,
    symptoms: &'static str,
    reasons: &'static str,
    meaning: &'static str,
    remedy: &'static str,
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
                references: "References",
            },
            Language::Fr => Self {
                why: "Pourquoi c’est important",
                affects: "Qui est touché",
                symptoms: "Ce que voient les utilisateurs en cas de défaut",
                reasons: "Ce qu’elle peut dire",
                meaning: "Ce que cela signifie",
                remedy: "Que faire",
                references: "Références",
            },
        }
    }
}
