//! An enrollment error: what happened, why, what to change, and which check sees the cause.

use std::io::{self, Write};

use checks::Text;

use super::check::example;
use super::{BOLD, section, wrapped};
use crate::errors::{Code, Era, Error, HResult, List, Seen};
use crate::language::{Language, Said, colon, pick};

pub(super) fn known(errors: &[&Error], language: Language, out: &mut dyn Write) -> io::Result<()> {
    for (place, error) in errors.iter().enumerate() {
        if place > 0 {
            writeln!(out)?;
        }
        whole(error, language, out)?;
    }
    Ok(())
}

/// The one that is most alike in full, the others by name.
pub(super) fn alike(errors: &[&Error], language: Language, out: &mut dyn Write) -> io::Result<()> {
    let Some((best, others)) = errors.split_first() else { return Ok(()) };
    whole(best, language, out)?;
    named(pick(Text::new("Like it", "Semblables"), language), others, language, out)
}

/// A code that no error of the list shows.
pub(super) struct Unknown<'a> {
    pub(super) code: Code,
    pub(super) likely: Option<&'a Error>,
    pub(super) nearest: &'a [&'a Error],
    pub(super) list: &'a List,
}

impl Unknown<'_> {
    /// What the code says of itself, and what it may have been meant to be.
    pub(super) fn write(&self, language: Language, out: &mut dyn Write) -> io::Result<()> {
        let Self { code, likely, nearest, list } = self;
        let unknown = pick(
            Text::new("no enrollment error that is known here", "aucune erreur d’inscription connue ici"),
            language,
        );
        let colon = colon(language);
        if code.0 == 0 {
            let success = Text::new("success, and no error", "un succès, pas une erreur");
            return writeln!(out, "{BOLD}0{BOLD:#}{colon}{}", success.said(language));
        }
        match code.hresult() {
            None => writeln!(out, "{BOLD}{}{BOLD:#} (0x{:X}){colon}{unknown}", code.0, code.0)?,
            Some(result) => {
                writeln!(out, "{BOLD}{result}{BOLD:#} ({}){colon}{unknown}", result.signed())?;
                let says = pick(Text::new("What the code says", "Ce que dit le code"), language);
                section(says, &[&decoded(result, list, language)], out)?;
                if let Some(status) = result.http_status() {
                    let answered = match language {
                        Language::En => format!("The server answered with HTTP status {status}."),
                        Language::Fr => format!("Le serveur a répondu avec le statut HTTP {status}."),
                    };
                    return wrapped(&answered, "  ", "  ", out);
                }
                if let Some(win32) = list.win32(result.low()).filter(|_| result.is_win32()) {
                    let meaning = win32.meaning.said(language);
                    let line = format!("{} ({}){colon}{meaning}.", win32.name, result.low());
                    wrapped(&line, "  ", "  ", out)?;
                    return checks_that_see(&win32.checks, language, out);
                }
            }
        }
        if let Some(likely) = likely {
            let meant =
                Text::new("One digit away, and perhaps meant", "À un chiffre près, et peut-être voulu");
            writeln!(out, "\n{BOLD}{}{BOLD:#}\n", meant.said(language))?;
            whole(likely, language, out)?;
        }
        let title = Text::new("Nearest known codes", "Codes connus les plus proches");
        named(title.said(language), nearest, language, out)
    }
}

/// Severity, facility and number of an HRESULT.
fn decoded(result: HResult, list: &List, language: Language) -> String {
    let (number, low) = (result.facility(), result.low());
    let facility = match list.facility(number) {
        Some(facility) => format!("{number} {} ({})", facility.name, facility.about.said(language)),
        None => number.to_string(),
    };
    match language {
        Language::En => format!("HRESULT: failure, facility {facility}, code {low} (0x{low:04X})."),
        Language::Fr => format!("HRESULT\u{a0}: échec, composant {facility}, code {low} (0x{low:04X})."),
    }
}

fn named(title: &str, errors: &[&Error], language: Language, out: &mut dyn Write) -> io::Result<()> {
    if errors.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{BOLD}{title}{BOLD:#}")?;
    for error in errors {
        let name = error.codes.first().unwrap_or(&error.id);
        let others: Vec<&str> = error.codes.iter().skip(1).map(String::as_str).collect();
        let others = if others.is_empty() { String::new() } else { format!(" ({})", others.join(", ")) };
        wrapped(
            &format!("{name}{others}{}{}", colon(language), error.title.said(language)),
            "  ",
            "      ",
            out,
        )?;
    }
    Ok(())
}

fn whole(error: &Error, language: Language, out: &mut dyn Write) -> io::Result<()> {
    let title = error.title.said(language);
    match error.codes.as_slice() {
        [] => writeln!(out, "{BOLD}{title}{BOLD:#}")?,
        codes => {
            wrapped(&format!("{BOLD}{}{BOLD:#}{}{title}", codes.join(", "), colon(language)), "", "  ", out)?;
        }
    }
    if error.era == Era::Legacy {
        let old = Text::new(
            "Of the old PC client, an old connector or an integration that is no longer offered.",
            "De l’ancien client PC, d’un ancien connecteur ou d’une intégration qui n’est plus proposée.",
        );
        wrapped(old.said(language), "  ", "  ", out)?;
    }
    section(
        pick(Text::new("What it means", "Ce que cela signifie"), language),
        &[error.meaning.said(language)],
        out,
    )?;
    section(pick(Text::new("Why", "Pourquoi"), language), &[error.cause.said(language)], out)?;
    section(pick(Text::new("What to do", "Que faire"), language), &[error.remedy.said(language)], out)?;
    checks_that_see(&error.checks, language, out)?;
    if error.checks.is_empty() || error.seen == Seen::NetworkPartly {
        wrapped(seen(error.seen).said(language), "\n  ", "  ", out)?;
    }
    if !error.references.is_empty() {
        writeln!(out, "\n{BOLD}{}{BOLD:#}", pick(Text::new("References", "Références"), language))?;
        error.references.iter().try_for_each(|url| writeln!(out, "  {url}"))?;
    }
    Ok(())
}

/// The checks by name, and the command that runs just these.
fn checks_that_see(ids: &[String], language: Language, out: &mut dyn Write) -> io::Result<()> {
    let known: Vec<&checks::Check> = ids.iter().filter_map(|id| checks::by_id(id)).collect();
    if known.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n{BOLD}{}{BOLD:#}",
        pick(Text::new("Which checks see it", "Quelles vérifications la voient"), language)
    )?;
    for check in &known {
        wrapped(
            &format!("{}{}{}", check.id, colon(language), check.title.said(language)),
            "  ",
            "      ",
            out,
        )?;
    }
    // Checks of one kind of subject make one command.
    let mut commands: Vec<(&str, Vec<&str>)> = Vec::new();
    for check in &known {
        let subject = example(check);
        match commands.iter_mut().find(|(known, _)| *known == subject) {
            Some((_, ids)) => ids.push(check.id),
            None => commands.push((subject, vec![check.id])),
        }
    }
    writeln!(out)?;
    for (subject, ids) in commands {
        let only: Vec<String> = ids.iter().map(|id| format!("--only {id}")).collect();
        writeln!(out, "  enrollcheck run {subject} {}", only.join(" "))?;
    }
    Ok(())
}

fn seen(place: Seen) -> Text {
    match place {
        Seen::Network => Text::new("Its cause can be seen from outside.", "Sa cause se voit de l’extérieur."),
        Seen::NetworkPartly => Text::new(
            "Only a part of its causes can be seen from outside.",
            "Une partie seulement de ses causes se voit de l’extérieur.",
        ),
        Seen::Tenant => Text::new(
            "Its cause stands in the tenant's settings; no check from outside sees it.",
            "Sa cause se trouve dans les paramètres du locataire ; aucune vérification de l’extérieur ne la voit.",
        ),
        Seen::Device => Text::new(
            "Its cause stands on the device; no check from outside sees it.",
            "Sa cause se trouve sur l’appareil ; aucune vérification de l’extérieur ne la voit.",
        ),
        Seen::Server => Text::new(
            "Its cause stands on the server itself; no check from outside sees it.",
            "Sa cause se trouve sur le serveur lui-même ; aucune vérification de l’extérieur ne la voit.",
        ),
        Seen::Nowhere => {
            Text::new("No check can see its cause.", "Aucune vérification ne peut voir sa cause.")
        }
    }
}
