//! One page for a browser: no request to anywhere, readable without scripts, on a telephone and on paper.

mod card;
mod timeline;

use std::collections::BTreeSet;
use std::io::{self, Write};

use checks::{Status, Text, family_names};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::evidence::Book;
use super::group::groups;
use super::{Format, Report, dated, printable, wording};
use crate::cut::Cut;
use crate::finding::Verdict;
use crate::language::{Language, Said, colon, pick};
use crate::tally::Across;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// The page may run what stands in it and load nothing at all.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// What there is to do, before what is well.
const SECTIONS: [(Status, Text); 5] = [
    (Status::Fail, Text::new("What stops enrollment", "Ce qui empêche l’inscription")),
    (Status::Warn, Text::new("What needs attention", "Ce qui demande attention")),
    (Status::Unknown, Text::new("What could not be found out", "Ce qui n’a pas pu être établi")),
    (Status::Pass, Text::new("What is well", "Ce qui va bien")),
    (Status::Skip, Text::new("Not tested or not applicable", "Non testé ou sans objet")),
];

pub struct Html;

impl Format for Html {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let language = report.language;
        write!(out, "{}<html lang=\"{}\">{}", DOCTYPE.into_string(), language.code(), head(report).0)?;
        write!(out, "<body>{}<main>{}", banner(report).0, opening(report).0)?;
        let book = Book::alone();
        for (status, title) in SECTIONS {
            // What is to be done comes first, then what will have to be.
            if status == Status::Pass {
                write!(out, "{}", timeline::markup(&dated::things(report), report).0)?;
            }
            section(status, title.said(language), report, &book, out)?;
        }
        write!(out, "</main>{}", foot(report).0)?;
        writeln!(out, "<script>{SCRIPT}</script></body></html>")
    }
}

fn head(report: &Report) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(POLICY);
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="generator" content={ "enrollcheck " (env!("CARGO_PKG_VERSION")) };
            title { "enrollcheck" (colon(report.language)) (wording::verdict(report.verdict).said(report.language)) " – " (names(report)) }
            style { (PreEscaped(STYLE)) }
        }
    }
}

/// The tenants of a report, in a line.
fn names(report: &Report) -> String {
    printable(&report.names()).into_owned()
}

fn banner(report: &Report) -> Markup {
    let language = report.language;
    let (tool, version) = ("enrollcheck", env!("CARGO_PKG_VERSION"));
    html! {
        header {
            p.tool { strong { (tool) } " " (version) }
            p { bdi { (names(report)) } }
            p {
                time datetime=(report.started_at) { (report.started_at.strftime("%Y-%m-%d %H:%M UTC")) }
                " · "
                (Text::new("catalogue of", "catalogue du").said(language)) " " (report.catalogue_date)
                @if let Some(day) = report.other_day() {
                    " · " strong { (Text::new("judged as of", "jugé au").said(language)) " " (day) }
                }
                @if !report.resolvers.is_empty() {
                    " · " (Text::new("resolvers", "résolveurs").said(language)) " " (report.resolvers.join(", "))
                }
            }
        }
    }
}

/// The verdict, the tenants, and the filter.
fn opening(report: &Report) -> Markup {
    let language = report.language;
    html! {
        section.verdict.(report.verdict.as_str()) aria-labelledby="verdict" {
            h1 #verdict { (wording::verdict(report.verdict).said(language)) }
            @let sentence = match report.summary.total() {
                0 => wording::NOTHING,
                _ => sentence(report.verdict),
            };
            p { (sentence.said(language)) }
            @if let Some(cut) = report.cut { p { strong { (why_cut(cut).said(language)) } } }
            ul.counts {
                @for (status, count) in wording::counts(&report.summary) {
                    li.(status.map_or("waived", Status::as_str)) { (count.said(language)) }
                }
            }
        }
        @if report.tenants.len() > 1 { (tenants(report)) }
        (filter(report))
    }
}

fn sentence(verdict: Verdict) -> Text {
    match verdict {
        Verdict::Ready => Text::new(
            "Nothing that was checked stops enrollment.",
            "Rien de ce qui a été vérifié n’empêche l’inscription.",
        ),
        Verdict::ReadyWithWarnings => Text::new(
            "Devices can enroll; the warnings below deserve attention.",
            "Les appareils peuvent s’inscrire ; les avertissements ci-dessous demandent attention.",
        ),
        Verdict::Inconclusive => Text::new(
            "Nothing was found that stops enrollment, but part of it could not be checked.",
            "Rien n’a été trouvé qui empêche l’inscription, mais une partie n’a pas pu être vérifiée.",
        ),
        Verdict::NotReady => Text::new(
            "Some devices will not enroll until what follows is changed.",
            "Certains appareils ne s’inscriront pas tant que ce qui suit n’est pas corrigé.",
        ),
    }
}

fn why_cut(cut: Cut) -> Text {
    match cut {
        Cut::Deadline => wording::CUT_BY_DEADLINE,
        Cut::Interrupt | Cut::Terminate => wording::CUT_BY_HAND,
    }
}

fn tenants(report: &Report) -> Markup {
    let language = report.language;
    html! {
        section.tenants aria-labelledby="tenants" {
            h2 #tenants { (Text::new("Tenants", "Locataires").said(language)) }
            table {
                caption {
                    (Text::new(
                        "The counts are each tenant's own; its verdict takes in what all of them share.",
                        "Les comptes sont ceux de chaque locataire ; son verdict tient aussi compte de ce qu’ils partagent tous.",
                    ).said(language))
                }
                thead { tr {
                    th scope="col" { (Text::new("Tenant", "Locataire").said(language)) }
                    th scope="col" { (Text::new("Verdict", "Verdict").said(language)) }
                    @for status in [Status::Fail, Status::Warn, Status::Unknown] {
                        (column(status, language))
                    }
                } }
                tbody {
                    @for tenant in &report.tenants {
                        tr {
                            th scope="row" { bdi { (printable(&tenant.name)) } }
                            td.(tenant.verdict.as_str()) { (wording::verdict(tenant.verdict).said(language)) }
                            td { (tenant.summary.fail) } td { (tenant.summary.warn) } td { (tenant.summary.unknown) }
                        }
                    }
                }
            }
            (across(report))
        }
    }
}

/// The head of a column of counts: a word, and a mark where there is no room for it.
fn column(status: Status, language: Language) -> Markup {
    html! {
        th scope="col" {
            span.mark aria-hidden="true" { (wording::mark(status)) }
            span.word { (wording::status(status).said(language)) }
        }
    }
}

/// Each check over all tenants, as far as something stands out.
fn across(report: &Report) -> Markup {
    let language = report.language;
    let told = |across: &&Across| across.open;
    html! {
        table {
            thead { tr {
                th scope="col" { (Text::new("Check", "Vérification").said(language)) }
                @for status in [Status::Fail, Status::Warn, Status::Unknown] {
                    (column(status, language))
                }
                th scope="col" { (Text::new("of tenants", "sur locataires").said(language)) }
            } }
            tbody {
                @for across in report.checks.iter().filter(told) {
                    tr {
                        th scope="row" { code { (across.check) } }
                        td { (across.fail) } td { (across.warn) } td { (across.unknown) } td { (across.tenants) }
                    }
                }
            }
        }
    }
}

/// Needs the script, which takes `hidden` away.
fn filter(report: &Report) -> Markup {
    let language = report.language;
    let families: BTreeSet<&str> = report.findings.iter().map(|finding| finding.check.family()).collect();
    let statuses: BTreeSet<Status> = report.findings.iter().map(|finding| finding.status()).collect();
    let all = pick(Text::new("all", "tous"), language);
    html! {
        form.filter hidden role="search" aria-label=(Text::new("Filter", "Filtre").said(language)) {
            @if report.tenants.len() > 1 {
                label { (Text::new("Tenant", "Locataire").said(language)) " "
                    select name="tenant" {
                        option value="" { (all) }
                        @for tenant in &report.tenants { option value=(printable(&tenant.name)) { (printable(&tenant.name)) } }
                    }
                }
            }
            label { (Text::new("Family", "Famille").said(language)) " "
                select name="family" {
                    option value="" { (Text::new("all", "toutes").said(language)) }
                    @for family in family_names().filter(|name| families.contains(name)) {
                        option value=(family) { (family) }
                    }
                }
            }
            fieldset {
                legend { (Text::new("Status", "Statut").said(language)) }
                @for (status, _) in SECTIONS.iter().filter(|(status, _)| statuses.contains(status)) {
                    label { input type="checkbox" name="status" value=(status.as_str()) checked; " "
                        (wording::status(*status).said(language)) }
                }
            }
            label { (Text::new("Text", "Texte").said(language)) " " input type="search" name="text"; }
            output aria-live="polite" {}
        }
    }
}

/// All findings of one status; those that need nobody are folded away.
fn section(status: Status, title: &str, report: &Report, book: &Book, out: &mut dyn Write) -> io::Result<()> {
    let all = groups(report, status);
    if all.is_empty() {
        return Ok(());
    }
    let name = status.as_str();
    let count = report.findings.iter().filter(|finding| finding.status() == status).count();
    let quiet = matches!(status, Status::Pass | Status::Skip);
    let heading = html! { h2 id=(name) { (title) " " span.count { (count) } } };
    write!(out, "<section class=\"findings {name}\" aria-labelledby=\"{name}\">{}", heading.0)?;
    for group in all {
        match quiet {
            true => {
                for finding in group.all() {
                    write!(out, "{}", card::brief(finding, report, book).0)?;
                }
            }
            false => write!(out, "{}", card::full(&group, report, book).0)?,
        }
    }
    write!(out, "</section>")
}

fn foot(report: &Report) -> Markup {
    let language = report.language;
    let seconds = format!("{}.{:01} s", report.elapsed_ms / 1000, report.elapsed_ms % 1000 / 100);
    let seconds = match language {
        Language::En => seconds,
        Language::Fr => seconds.replace('.', ","),
    };
    html! {
        footer {
            p {
                (Text::new(
                    "Measured from one place at one time: what other networks see may differ.",
                    "Mesuré depuis un seul endroit, à un seul moment : d’autres réseaux peuvent voir autre chose.",
                ).said(language))
                " " (Text::new("The run took", "Durée de l’exécution :").said(language)) " " (seconds) "."
            }
        }
    }
}
