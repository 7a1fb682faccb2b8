//! A finding as a card: what was found, what was wanted, what to do, and the evidence unfolded on demand.

use std::collections::BTreeSet;

use checks::{Status, Text};
use maud::{Markup, html};

use super::super::evidence::{Book, Evidence};
use super::super::group::{Group, Named};
use super::super::{Report, printable, wording};
use crate::finding::Finding;
use crate::language::{Language, Said, colon, pick};

/// More evidence than this is for the JSON report, which has it all.
const LONGEST: usize = 24_000;

/// A finding that needs somebody, or several that say the same.
pub(super) fn full(group: &Group<'_>, report: &Report, book: &Book) -> Markup {
    let (finding, language) = (group.first, report.language);
    let outcome = &finding.outcome;
    let more = group.others.len();
    html! {
        article.(finding.status().as_str()).waived[finding.waiver.is_some()]
            data-tenant=(printable(&finding.tenant)) data-family=(finding.check.family()) data-status=(finding.status().as_str())
            data-count=(more + 1) {
            (title(finding, more, report))
            @if more == 0 {
                p.summary { (said(&outcome.summary, language)) }
            } @else {
                p.summary { (outcome.reason.meaning.said(language)) }
                @for (sentence, named) in group.statements(language) {
                    p { (printable(&sentence)) }
                    @if !named.is_empty() {
                        ul {
                            @for Named { subject, purpose } in named {
                                li {
                                    bdi { (printable(subject)) }
                                    @if let Some(purpose) = purpose { " – " bdi { (printable(purpose)) } }
                                }
                            }
                        }
                    }
                }
            }
            dl {
                @if more == 0 && !outcome.found.is_empty() {
                    dt { (wording::SAW.said(language)) }
                    @for found in &outcome.found { dd { (said(found, language)) } }
                }
                @if let (0, Some(wanted)) = (more, &outcome.wanted) {
                    dt { (wording::WANT.said(language)) }
                    dd { (said(wanted, language)) }
                }
                dt { (wording::AFFECTS.said(language)) }
                @for affected in affected(group, language) { dd { (affected) } }
                (remedy(finding, more, language))
                @if more == 0 && !outcome.notes.is_empty() {
                    dt { (wording::NOTE.said(language)) }
                    @for note in &outcome.notes { dd { (said(note, language)) } }
                }
                (waiver(finding, language))
                @if !finding.check.symptoms.is_empty() && finding.status() != Status::Unknown {
                    dt { (Text::new("symptom", "symptôme").said(language)) }
                    @for symptom in finding.check.symptoms { dd { (symptom.said(language)) } }
                }
                (references(finding, language))
            }
            @for finding in group.all() { (evidence(finding, more > 0, language, book)) }
        }
    }
}

/// A finding that needs nobody: a line, and the evidence behind it.
pub(super) fn brief(finding: &Finding, report: &Report, book: &Book) -> Markup {
    let language = report.language;
    html! {
        article.brief.(finding.status().as_str())
            data-tenant=(printable(&finding.tenant)) data-family=(finding.check.family()) data-status=(finding.status().as_str())
            data-count="1" {
            (title(finding, 0, report))
            p.summary { (said(&finding.outcome.summary, language)) }
            @for note in &finding.outcome.notes { p.note { (said(note, language)) } }
            (evidence(finding, false, language, book))
        }
    }
}

fn title(finding: &Finding, more: usize, report: &Report) -> Markup {
    let status = finding.status();
    html! {
        h3 {
            span.badge { (wording::mark(status)) " " (wording::status(status).said(report.language)) }
            " " code { (finding.reason_id()) } " "
            bdi { (printable(&finding.subject)) }
            @if more > 0 { " " span.more { (Text::new("and", "et").said(report.language)) " " (more) " " (Text::new("more", "de plus").said(report.language)) } }
            @if report.tenants.len() > 1 { " " span.tenant { bdi { (printable(&finding.tenant)) } } }
        }
    }
}

fn said(message: &impl Said, language: Language) -> String {
    let text = printable(message.said(language));
    match language {
        Language::En => text.into_owned(),
        Language::Fr => unbroken(&text),
    }
}

/// French as a browser may not break it: no line begins with a mark that a space stands before.
fn unbroken(text: &str) -> String {
    let marks = [" :", " ;", " ?", " !", " »"];
    let text =
        marks.iter().fold(text.to_owned(), |text, mark| text.replace(mark, &mark.replace(' ', "\u{a0}")));
    text.replace("« ", "«\u{a0}")
}

/// Whom it affects: of several what each says, as long as they are few.
fn affected(group: &Group<'_>, language: Language) -> BTreeSet<String> {
    const FEW: usize = 6;
    let general = group.first.check.affects.said(language);
    let of = |finding: &Finding| match &finding.outcome.affects {
        Some(affects) => said(affects, language),
        None => general.to_owned(),
    };
    let affected: BTreeSet<String> = group.all().map(of).collect();
    if affected.len() > FEW { [general.to_owned()].into() } else { affected }
}

fn remedy(finding: &Finding, more: usize, language: Language) -> Markup {
    let own = finding.outcome.remedy.as_ref().filter(|_| more == 0);
    let label = wording::FIX.said(language);
    html! {
        @if let Some(remedy) = own {
            dt { (label) }
            dd {
                p.fix { (said(&remedy.prose, language)) }
                @for copy in &remedy.copies {
                    @if let Some(label) = &copy.label { p { (said(label, language)) } }
                    pre.copy { (printable(&copy.text)) }
                }
            }
        } @else if let Some(remedy) = finding.outcome.reason.remedy {
            dt { (label) }
            dd { p.fix { (remedy.said(language)) } }
        }
    }
}

fn waiver(finding: &Finding, language: Language) -> Markup {
    html! {
        @if let Some(waiver) = &finding.waiver {
            dt { (wording::WAIVED.said(language)) }
            dd {
                (Text::new("until", "jusqu’au").said(language)) " " (waiver.until)
                (colon(language)) (printable(&waiver.because))
                @if let Some(owner) = &waiver.owner { " (" (printable(owner)) ")" }
            }
        }
    }
}

fn references(finding: &Finding, language: Language) -> Markup {
    html! {
        dt { (wording::SEE.said(language)) }
        @for reference in finding.check.references {
            dd { a href=(reference.url) rel="noreferrer" { (reference.title.said(language)) } }
        }
        dd { code { "enrollcheck explain " (finding.reason_id()) } }
    }
}

fn evidence(finding: &Finding, named: bool, language: Language, book: &Book) -> Markup {
    let evidence = Evidence { finding, book };
    let text = serde_json::to_string_pretty(&evidence).unwrap_or_default();
    if text == "{}" {
        return html! {};
    }
    let label = pick(Text::new("Evidence", "Preuves"), language);
    let shown = printable(&text);
    let cut = shown.char_indices().nth(LONGEST).map(|(place, _)| place);
    html! {
        details {
            summary { (label) @if named { (colon(language)) bdi { (printable(&finding.subject)) } } }
            pre { (shown.get(..cut.unwrap_or(shown.len())).unwrap_or_default()) @if cut.is_some() { "\n…" } }
            @if cut.is_some() {
                p.note { (Text::new("The JSON report has all of it.", "Le rapport JSON contient la totalité.").said(language)) }
            }
        }
    }
}
