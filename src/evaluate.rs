//! One case judged. A check that breaks down becomes a finding, never the end of the run.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Once};

use checks::{Check, Outcome, Reason, common, say};
use facts::Unknown;
use futures_util::FutureExt;
use tokio::time::Instant;

use crate::cut::Cut;
use crate::finding::Finding;
use crate::plan::Case;
use crate::world::World;

pub(crate) async fn evaluate(case: Arc<Case>, world: World) -> Finding {
    let start = Instant::now();
    if let Some(cut) = world.past.as_ref().and_then(|past| past.before(|| case.unfinished())) {
        return unfinished(&case, cut.reason());
    }
    let facts = world.facts();
    let outcome = match case.judge(&facts) {
        Some(judgement) => AssertUnwindSafe(judgement).catch_unwind().await,
        None => Ok(Err(Unknown::Mismatched)),
    };
    let outcome = match outcome {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(unknown)) => not_known(&unknown, world.past.as_ref().and_then(|past| past.cut)),
        Err(payload) => broke_down(case.check, &*payload),
    };
    Finding {
        tenant: case.tenant.clone(),
        check: case.check,
        subject: case.subject.clone(),
        outcome,
        asked: facts.into_asked(),
        waiver: None,
        elapsed_ms: millis(start),
        needed_by: case.needed_by.clone(),
    }
}

/// A case that nobody came to.
pub(crate) fn unfinished(case: &Case, reason: Reason) -> Finding {
    let mut finding = Finding::about_settings(
        &case.tenant,
        case.check,
        case.subject.clone(),
        reason.because(reason.meaning.into()),
    );
    finding.needed_by = case.needed_by.clone();
    finding
}

fn not_known(unknown: &Unknown, cut: Option<Cut>) -> Outcome {
    match (unknown, cut) {
        // The same words as of the run itself, which was cut short before it had an answer.
        (Unknown::NotRecorded, Some(cut)) => cut.reason().because(cut.reason().meaning.into()),
        (Unknown::NotRecorded | Unknown::Mismatched, _) => {
            common::NOT_RECORDED.because(common::NOT_RECORDED.meaning.into())
        }
        (Unknown::Local(why), _) => common::CANNOT_ASK.because(say!(
            en: "This machine could not put a question: {why}.",
            fr: "Cette machine n’a pas pu poser une question : {why}."
        )),
    }
}

fn broke_down(check: &Check, payload: &(dyn std::any::Any + Send)) -> Outcome {
    let words = payload.downcast_ref::<&str>().copied().map(str::to_owned);
    let words = words.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
    let place = PANIC_PLACE.with_borrow_mut(Option::take).unwrap_or_default();
    let id = check.id;
    common::CHECK_FAILED
        .because(say!(
            en: "The check {id} itself broke down: {words}.",
            fr: "La vérification {id} elle-même a échoué : {words}."
        ))
        .evidence("panicked_at", place)
}

thread_local! {
    static PANIC_PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic of a check is told in its finding, with its place; the terminal stays for the report.
pub(crate) fn remember_where_panics_happen() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if tokio::task::try_id().is_none() {
                return usual(info);
            }
            PANIC_PLACE.set(info.location().map(ToString::to_string));
        }));
    });
}

pub(crate) fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
