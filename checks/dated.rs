//! How long a certificate still holds, and how people say it.

use std::time::Duration;

use facts::Certificate;
use jiff::{SignedDuration, Timestamp};

use crate::say;
use crate::subject::Thresholds;
use crate::text::Message;

/// Where a certificate stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    NotYetValid,
    Expired,
    EndsVerySoon,
    EndsSoon,
    Good,
}

/// From how long before the end a certificate is near it, and very near.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) warn: Duration,
    pub(crate) fail: Duration,
}

impl Limits {
    pub(crate) fn of(thresholds: &Thresholds) -> Self {
        Self { warn: thresholds.certificate_warn, fail: thresholds.certificate_fail }
    }

    /// Certificates that live for days are renewed in their last third: warned from there at the earliest, and failed
    /// from the last tenth.
    pub(crate) fn for_lifetime(self, certificate: &Certificate) -> Self {
        let lifetime = certificate.not_after.duration_since(certificate.not_before);
        let lifetime = Duration::try_from(lifetime).unwrap_or_default();
        Self { warn: self.warn.min(lifetime / 3), fail: self.fail.min(lifetime / 10) }
    }
}

pub(crate) fn age(certificate: &Certificate, now: Timestamp, limits: Limits) -> Age {
    let left = certificate.not_after.duration_since(now);
    let within = |limit: Duration| SignedDuration::try_from(limit).is_ok_and(|limit| left < limit);
    if now < certificate.not_before {
        Age::NotYetValid
    } else if is_out_of_date(certificate, now) {
        Age::Expired
    } else if within(limits.fail) {
        Age::EndsVerySoon
    } else if within(limits.warn) {
        Age::EndsSoon
    } else {
        Age::Good
    }
}

/// Certificates are dated in whole seconds, and the last one counts.
pub(crate) fn is_out_of_date(certificate: &Certificate, now: Timestamp) -> bool {
    now < certificate.not_before || now.as_second() > certificate.not_after.as_second()
}

/// A day as certificates are dated: in UTC.
pub(crate) fn day(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%d").to_string()
}

/// How long it is between two instants, in the unit that people use.
pub(crate) fn span(from: Timestamp, to: Timestamp) -> Message {
    let hours = to.duration_since(from).abs().as_hours();
    let plural = |count: i64| if count == 1 { "" } else { "s" };
    if hours < 48 {
        let s = plural(hours);
        return say!(en: "{hours} hour{s}", fr: "{hours} heure{s}");
    }
    let days = hours / 24;
    let s = plural(days);
    say!(en: "{days} day{s}", fr: "{days} jour{s}")
}

/// What is to be said of a certificate's dates, as a whole sentence.
pub(crate) fn sentence(certificate: &Certificate, age: Age, now: Timestamp) -> Message {
    let name = certificate.short_name();
    let (from, until) = (day(certificate.not_before), day(certificate.not_after));
    let Message { en, fr } = span(now, certificate.not_after);
    match age {
        Age::NotYetValid => say!(
            en: "{name} is valid only from {from}.",
            fr: "{name} n’est valable qu’à partir du {from}."
        ),
        Age::Expired => say!(
            en: "{name} expired on {until}, {en} ago.",
            fr: "{name} a expiré le {until}, il y a {fr}."
        ),
        Age::EndsVerySoon | Age::EndsSoon => say!(
            en: "{name} expires on {until}, in {en}.",
            fr: "{name} expire le {until}, dans {fr}."
        ),
        Age::Good => say!(
            en: "{name} is valid until {until}, {en} from now.",
            fr: "{name} est valable jusqu’au {until}, dans {fr}."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn spans_are_said_as_people_say_them() {
        let said = |seconds| span(at(0), at(seconds)).en;
        assert_eq!(said(3_600), "1 hour");
        assert_eq!(said(47 * 3_600), "47 hours");
        assert_eq!(said(-72 * 3_600), "3 days");
    }
}
