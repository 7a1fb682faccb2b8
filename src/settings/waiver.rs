//! `[[waiver]]`: what somebody answers for, and until when.

use std::sync::Arc;

use checks::own::Own;

use super::file;
use super::load::Loaded;
use super::problem::Problem;
use crate::waivers::Waiver;

pub(super) fn read_waiver(loaded: &Loaded, file: &file::Waiver, own: &[Arc<Own>]) -> Result<Waiver, Problem> {
    let id = file.check.get_ref();
    let declared = || own.iter().map(|own| own.check).find(|check| check.id == id);
    let Some(check) = checks::by_id(id).or_else(declared) else {
        let problem =
            loaded.problem(file.check.span(), format!("there is no check `{id}`")).label("not known");
        return Err(match crate::selection::nearest(id) {
            Some(meant) => problem.help(format!("did you mean `{meant}`?")),
            None => problem.help("`enrollcheck list` shows every check"),
        });
    };
    if let Some(reason) = &file.reason {
        let known = checks::common::reason_of(check, reason.get_ref()).is_some();
        if !known {
            let ids: Vec<&str> = check.reasons.iter().map(|reason| reason.id).collect();
            let problem =
                loaded.problem(reason.span(), format!("{id} gives no reason `{}`", reason.get_ref()));
            return Err(problem.label("not known").help(format!("its reasons: {}", ids.join(", "))));
        }
    }
    if file.because.get_ref().trim().is_empty() {
        return Err(loaded.problem(file.because.span(), "a waiver says why (`because`)"));
    }
    let subject = file.subject.as_ref();
    if let Some(subject) = subject {
        crate::selection::glob(subject.get_ref())
            .map_err(|bad| loaded.problem(subject.span(), bad.to_string()))?;
    }
    let until = file.until.get_ref();
    // A waiver ends with a day: a time within it would be lost.
    let day = until.date.filter(|_| until.time.is_none()).and_then(|d| {
        jiff::civil::Date::new(
            i16::try_from(d.year).ok()?,
            i8::try_from(d.month).ok()?,
            i8::try_from(d.day).ok()?,
        )
        .ok()
    });
    let Some(until) = day else {
        return Err(loaded.problem(file.until.span(), "wanted a date, as in 2027-03-31"));
    };
    Ok(Waiver {
        check,
        reason: file.reason.as_ref().map(|reason| reason.get_ref().clone()),
        subject: subject.map(|subject| subject.get_ref().clone()),
        because: file.because.get_ref().clone(),
        owner: file.owner.clone(),
        until,
    })
}
