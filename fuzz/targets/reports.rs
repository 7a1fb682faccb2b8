//! Reports whose every word comes from strangers, in all formats: no control characters, no markup, no formula, no line
//! too long; what JSON says is what was found, and compares as nothing new.
#![no_main]

mod forms;

use std::collections::BTreeSet;

use checks::{Check, Message, Remedy};
use enrollcheck::arguments::FailOn;
use enrollcheck::comparison::{self, Comparison, Document};
use enrollcheck::finding::Finding;
use enrollcheck::language::Language;
use enrollcheck::needed::Needed;
use enrollcheck::report::{
    Csv, Format, Html, Human, Ics, Json, Jsonl, Junit, Markdown, Nagios, Prometheus, Report, Sarif,
    TenantReport,
};
use enrollcheck::tally::{Across, Tally};
use enrollcheck::waivers::Coverage;
use jiff::{Timestamp, ToSpan};

/// It stands in no UTF-8: between the words of a finding there is one of these, between findings two.
const MARK: u8 = 0xff;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    if let Ok(document) = Document::read(octets) {
        compare(octets, &document);
    }
    let report = report(octets);
    let text = |format: &dyn Format| {
        let mut out = Vec::new();
        format.write(&report, &mut out).expect("written to memory");
        String::from_utf8(out).expect("UTF-8")
    };
    let findings = report.findings.len();
    for (verbose, quiet, width) in [(true, false, 100), (false, false, 40), (false, true, 20)] {
        forms::terminal(&text(&Human { width, verbose, quiet }));
    }
    forms::csv(&text(&Csv), findings);
    forms::markdown(&text(&Markdown), report.findings.iter().filter(|f| f.needs_action()).count());
    forms::html(&text(&Html));
    forms::ics(&text(&Ics));
    forms::junit(&text(&Junit), findings);
    forms::jsonl(&text(&Jsonl), findings);
    forms::sarif(&text(&Sarif), findings);
    forms::nagios(&text(&Nagios));
    forms::prometheus(&text(&Prometheus), findings);
    let json = text(&Json);
    let document = Document::read(json.as_bytes()).expect("a report of our own");
    assert_eq!(document.findings.len(), findings);
    for (entry, finding) in document.findings.iter().zip(&report.findings) {
        assert_eq!((&entry.tenant, &entry.subject), (&finding.tenant, &finding.subject));
        assert_eq!((&*entry.check, &entry.summary), (finding.check.id, &finding.outcome.summary.en));
    }
    compare(json.as_bytes(), &document);
});

/// A report made of words: two octets that choose check and reason, then tenant, subject, summary, remedy, and so on.
fn report(octets: &[u8]) -> Report {
    let checks: Vec<&'static Check> = checks::all().filter(|check| !check.reasons.is_empty()).collect();
    let mut findings: Vec<Finding> = Vec::new();
    let mut words: Vec<&[u8]> = Vec::new();
    for word in octets.split(|octet| *octet == MARK).chain([&[][..]]).take(200) {
        if !word.is_empty() {
            words.push(word);
        } else if !words.is_empty() {
            findings.push(finding(&words, &checks));
            words.clear();
        }
    }
    findings.sort_by(|a, b| a.key().cmp(&b.key()));
    let counted = |name: Option<&String>| {
        let mut tally = Tally::default();
        findings.iter().filter(|f| name.is_none_or(|name| f.tenant == *name)).for_each(|f| tally.add(f));
        tally.all
    };
    let names: BTreeSet<&String> = findings.iter().map(|finding| &finding.tenant).collect();
    let tenants = names.into_iter().map(|name| {
        let share = counted(Some(name));
        TenantReport { name: name.clone(), verdict: share.verdict(), summary: share.summary }
    });
    let (tenants, all) = (tenants.collect(), counted(None));
    let checks = checks.iter().map(|check| Across {
        check: check.id,
        tenants: 7,
        fail: 2,
        pass: 5,
        ..Across::default()
    });
    Report {
        language: Language::En,
        started_at: now(),
        judged_at: now(),
        elapsed_ms: 1234,
        catalogue_date: "2026-11-21".to_owned(),
        cut: None,
        verdict: all.verdict(),
        summary: all.summary,
        open: all.open,
        tenants,
        checks: checks.collect(),
        resolvers: vec!["192.0.2.53".to_owned()],
        findings,
    }
}

fn now() -> Timestamp {
    Timestamp::from_second(1_795_000_000).expect("a date")
}

fn finding(words: &[&[u8]], checks: &[&'static Check]) -> Finding {
    let choice = |place: usize| words[0].get(place).copied().map_or(0, usize::from);
    let said = |place: usize| words.get(place).map(|word| String::from_utf8_lossy(word).into_owned());
    let message = |place: usize| said(place).map(Message::same);
    let check = checks[choice(0) % checks.len()];
    let reason = check.reasons[choice(1) % check.reasons.len()];
    let mut outcome = reason.because(message(3).unwrap_or_else(|| Message::same("")));
    if let Some(remedy) = message(4) {
        let copied = said(5).unwrap_or_default();
        outcome = outcome.remedy(Remedy::from(remedy).copy(copied.clone())).evidence("copied", copied);
    }
    outcome = outcome.notes(message(6)).found(message(7));
    outcome.affects = message(8);
    outcome.wanted = message(9);
    outcome.purpose = message(10);
    outcome.expires_at =
        words[0].get(2).and_then(|days| now().checked_add((i64::from(*days) * 24).hours()).ok());
    let waiver =
        said(11).map(|because| Coverage { because, owner: said(12), until: "2027-01-01".to_owned() });
    Finding {
        tenant: said(1).unwrap_or_default(),
        check,
        subject: said(2).unwrap_or_default(),
        outcome,
        asked: Vec::new(),
        waiver,
        elapsed_ms: 5,
        needed_by: Needed::default(),
    }
}

/// A report beside itself has nothing new, and beside an empty one nothing else.
fn compare(octets: &[u8], document: &Document) {
    let again = || Document::read(octets).expect("read before");
    let of = |findings: &[comparison::Entry]| Document { findings: findings.to_vec(), ..again() };
    let keys: BTreeSet<_> = document.findings.iter().map(|e| (&e.tenant, &e.check, &e.subject)).collect();
    let same = Comparison::of(again(), again());
    assert_eq!((same.summary.unchanged, same.changes.len()), (keys.len(), 0));
    assert_eq!(same.exit_code(FailOn::Warn), 0);
    let (new, gone) = (Comparison::of(of(&[]), again()), Comparison::of(again(), of(&[])));
    assert_eq!((new.summary.new, gone.summary.gone), (keys.len(), keys.len()));
    for comparison in [same, new, gone] {
        for language in [Language::En, Language::Fr] {
            let mut out = Vec::new();
            comparison::write_human(&comparison, language, 80, &mut out).expect("written");
            forms::terminal(&String::from_utf8(out).expect("UTF-8"));
            let mut out = Vec::new();
            comparison::write_markdown(&comparison, language, &mut out).expect("written");
            let text = String::from_utf8(out).expect("UTF-8");
            forms::without_control(&text);
            let changes = text.lines().filter(|line| line.starts_with("- ")).count();
            assert_eq!(changes, comparison.changes.len(), "{text}");
            let headings = text.lines().filter(|line| line.starts_with('#')).count();
            assert!(headings <= 6, "{text}");
        }
        serde_json::to_vec(&comparison).expect("written");
    }
}
