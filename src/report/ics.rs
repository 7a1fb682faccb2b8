//! RFC 5545: an event for each dated thing, with alarms; the same thing keeps its UID, so that a subscription updates.

use std::io::{self, Write};

use facts::certificate::hex;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::dated::{self, Dated};
use super::{Format, Report, printable};
use crate::language::{Language, Said};

pub struct Ics;

/// Days before the end on which a calendar speaks up.
const ALARMS: [u8; 3] = [30, 14, 3];

/// A component that is no event.
const NOTHING: [&str; 8] = [
    "BEGIN:VTIMEZONE",
    "TZID:UTC",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0000",
    "END:STANDARD",
    "END:VTIMEZONE",
];

impl Format for Ics {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let mut lines = Lines { out };
        lines.put("BEGIN:VCALENDAR")?;
        lines.put("VERSION:2.0")?;
        lines.put("PRODID:-//enrollcheck//enrollcheck//EN")?;
        lines.put("CALSCALE:GREGORIAN")?;
        lines.put("NAME:enrollcheck")?;
        lines.put("X-WR-CALNAME:enrollcheck")?;
        lines.put("REFRESH-INTERVAL;VALUE=DURATION:PT12H")?;
        let things = dated::things(report);
        if things.is_empty() {
            // RFC 5545, 3.6: a calendar has at least one component.
            NOTHING.iter().try_for_each(|line| lines.put(line))?;
        }
        for thing in things {
            event(report, &thing, &mut lines)?;
        }
        lines.put("END:VCALENDAR")
    }
}

fn event(report: &Report, thing: &Dated<'_>, lines: &mut Lines<'_>) -> io::Result<()> {
    let Dated { finding, until } = thing;
    let stamp = |instant: Timestamp| instant.strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = until.to_zoned(TimeZone::UTC).date();
    let next = day.tomorrow().unwrap_or(day);
    lines.put("BEGIN:VEVENT")?;
    lines.put(&format!("UID:{}@enrollcheck", digest(&thing.name())))?;
    lines.put(&format!("DTSTAMP:{}", stamp(report.started_at)))?;
    lines.put(&format!("DTSTART;VALUE=DATE:{}", day.strftime("%Y%m%d")))?;
    lines.put(&format!("DTEND;VALUE=DATE:{}", next.strftime("%Y%m%d")))?;
    let (subject, check) = (&finding.subject, finding.check.id);
    let title = match report.language {
        Language::En => format!("{subject} expires ({check})"),
        Language::Fr => format!("{subject} expire ({check})"),
    };
    lines.put(&format!("SUMMARY:{}", text(&title)))?;
    let said = finding.outcome.summary.said(report.language);
    let remedy = finding.outcome.remedy.as_ref().filter(|_| finding.needs_action());
    let remedy =
        remedy.map(|remedy| format!("\n{}", remedy.text().said(report.language))).unwrap_or_default();
    let tenant = &finding.tenant;
    let until = until.strftime("%Y-%m-%d %H:%M UTC");
    lines.put(&format!("DESCRIPTION:{}", text(&format!("{tenant}\n{until}\n{said}{remedy}"))))?;
    lines.put("TRANSP:TRANSPARENT")?;
    for days in ALARMS {
        lines.put("BEGIN:VALARM")?;
        lines.put("ACTION:DISPLAY")?;
        lines.put(&format!("TRIGGER:-P{days}D"))?;
        lines.put(&format!("DESCRIPTION:{}", text(&title)))?;
        lines.put("END:VALARM")?;
    }
    lines.put("END:VEVENT")
}

fn digest(thing: &str) -> String {
    let octets = thing.bytes().fold([0xcbf2_9ce4_8422_2325_u64, 0x9e37_79b9_7f4a_7c15], |[a, b], octet| {
        // FNV-1a, twice with different beginnings: a name, not a secret.
        let step = |hash: u64| (hash ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3);
        [step(a), step(b)]
    });
    octets.map(|half| hex(&half.to_be_bytes())).concat()
}

fn text(raw: &str) -> String {
    let raw = printable(raw);
    raw.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
}

/// Content lines: folded at 75 octets, never within a character, ended with CRLF.
struct Lines<'a> {
    out: &'a mut dyn Write,
}

impl Lines<'_> {
    fn put(&mut self, line: &str) -> io::Result<()> {
        let mut used = 0;
        let mut octets = [0; 4];
        for c in line.chars() {
            if used + c.len_utf8() > 75 {
                self.out.write_all(b"\r\n ")?;
                used = 1;
            }
            self.out.write_all(c.encode_utf8(&mut octets).as_bytes())?;
            used += c.len_utf8();
        }
        self.out.write_all(b"\r\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_between_characters() {
        let mut out = Vec::new();
        Lines { out: &mut out }.put(&format!("SUMMARY:{}", "é".repeat(60))).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.split("\r\n").all(|line| line.len() <= 75));
        assert_eq!(text.replace("\r\n ", "").trim_end(), format!("SUMMARY:{}", "é".repeat(60)));
    }

    #[test]
    fn text_and_names_of_things() {
        assert_eq!(text("a;b,c\\d\ne"), "a\\;b\\,c\\\\d\\ne");
        assert_eq!(digest("x"), digest("x"));
        assert_ne!(digest("x"), digest("y"));
    }
}
