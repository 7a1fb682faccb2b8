//! `enrollcheck explain`: what a check, a reason or an enrollment error means, and how to mend it.

mod check;
mod error;

use std::io::{self, Write};

use anstyle::Style;
use checks::common;

use super::{Exit, apply_colour, to_stdout, width};
use crate::arguments::{Explain, NetworkOptions, What};
use crate::errors::{Found, List};
use crate::language::Language;
use crate::report::printable;
use crate::settings::{self, Problem};

const BOLD: Style = Style::new().bold();

pub fn execute(arguments: &Explain) -> anyhow::Result<Exit> {
    apply_colour(arguments.show.color);
    let language = arguments.show.language();
    // A message may come without quotation marks, as several words.
    let asked = arguments.what.join(" ");
    let asked = asked.trim();
    let list = List::built_in()?;
    let named = id_in(asked);
    let named = named.as_deref().unwrap_or(asked);
    let (id, reason) = match named.split_once('/') {
        Some((id, reason)) => (id, Some(reason)),
        None => (named, None),
    };
    let check = match id.starts_with("own.") {
        true => declared(arguments, id)?,
        false => checks::by_id(id),
    };
    if let Some(check) = check {
        let Some(reason) = reason else {
            to_stdout(&arguments.show, |out| check::about_check(check, &list, language, out))?;
            return Ok(Exit::READY);
        };
        let Some(reason) = common::reason_of(check, reason) else {
            return Err(check::unknown_reason(check, reason, language).into());
        };
        to_stdout(&arguments.show, |out| check::about_reason(check, reason, language, out))?;
        return Ok(Exit::READY);
    }
    let family = asked.trim_end_matches('*').trim_end_matches('.');
    if checks::all().any(|check| check.family() == family) {
        to_stdout(&arguments.show, |out| check::about_family(family, language, out))?;
        return Ok(Exit::READY);
    }
    // What looks like an id is meant as one, as long as no error is called that.
    let found = list.find(asked);
    if let Some(problem) = check::meant(asked, id, language).filter(|_| !matches!(found, Found::Known(_))) {
        return Err(problem.into());
    }
    match found {
        Found::Known(errors) => to_stdout(&arguments.show, |out| error::known(&errors, language, out))?,
        Found::Alike(errors) => to_stdout(&arguments.show, |out| error::alike(&errors, language, out))?,
        Found::UnknownCode { code, likely, nearest } => {
            let unknown = error::Unknown { code, likely, nearest: &nearest, list: &list };
            to_stdout(&arguments.show, |out| unknown.write(language, out))?;
        }
        Found::Nothing => return Err(nothing(asked, language).into()),
    }
    Ok(Exit::READY)
}

/// A check of the user's own, from the settings.
fn declared(arguments: &Explain, id: &str) -> anyhow::Result<Option<&'static checks::Check>> {
    let what = What { config: arguments.config.clone(), ..What::default() };
    let settings = settings::resolve(&[], &what, &NetworkOptions::default())?;
    let known = settings::own_checks(&settings.own).into_iter().find(|check| check.id == id);
    if known.is_none() {
        let problem = Problem::new(format!("the settings declare no check {id:?}"));
        return Err(problem.help("name the settings file with -c").into());
    }
    Ok(known)
}

/// The id of a check, with a reason or without, among the words: a line of a report may be pasted.
fn id_in(asked: &str) -> Option<String> {
    let mut words = asked.split_whitespace().map(str::to_lowercase);
    words.find(|word| checks::by_id(word.split('/').next().unwrap_or_default()).is_some())
}

fn nothing(asked: &str, language: Language) -> Problem {
    let asked = shown(asked);
    match language {
        Language::En => Problem::new(format!("{asked} is no check, no reason, and no error that is known here"))
            .help("`enrollcheck list` shows every check; an error is found by its code or by a part of its message"),
        Language::Fr => Problem::new(format!(
            "{asked} n’est ni une vérification, ni une raison, ni une erreur connue ici"
        ))
        .help(
            "`enrollcheck list --lang fr` montre chaque vérification ; une erreur se trouve par son code ou par une partie de son message",
        ),
    }
}

/// What was asked, in quotation marks, cut where it is a whole log.
fn shown(asked: &str) -> String {
    const MOST: usize = 80;
    match asked.char_indices().nth(MOST) {
        Some((end, _)) => format!("{:?}…", asked.get(..end).unwrap_or_default()),
        None => format!("{asked:?}"),
    }
}

fn section(title: &str, paragraphs: &[&str], out: &mut dyn Write) -> io::Result<()> {
    if paragraphs.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{BOLD}{title}{BOLD:#}")?;
    paragraphs.iter().try_for_each(|paragraph| wrapped(&printable(paragraph), "  ", "  ", out))
}

fn wrapped(text: &str, first: &str, rest: &str, out: &mut dyn Write) -> io::Result<()> {
    let width = width().max(40);
    let rest = if width < 60 { "    " } else { rest };
    let options = crate::report::layout::options(width).initial_indent(first).subsequent_indent(rest);
    textwrap::wrap(text, options).iter().try_for_each(|line| writeln!(out, "{line}"))
}
