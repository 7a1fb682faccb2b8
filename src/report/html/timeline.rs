//! What ends when: a line a thing, and a bar for the days that are left of the next year.

use checks::Text;
use maud::{Markup, html};

use super::super::dated::Dated;
use super::super::{Report, printable};
use crate::language::{Language, Said};

/// The bar's length, in days.
const AXIS: i64 = 365;
/// Ends this soon deserve colour: the program's usual thresholds.
const SOON: i64 = 30;
const NOW: i64 = 7;

pub(super) fn markup(things: &[Dated<'_>], report: &Report) -> Markup {
    let language = report.language;
    html! {
        @if !things.is_empty() {
            section.timeline aria-labelledby="timeline" {
                h2 #timeline { (Text::new("What expires", "Ce qui expire").said(language)) }
                table {
                    thead { tr {
                        th scope="col" { (Text::new("Day", "Jour").said(language)) }
                        th scope="col" { (Text::new("Left", "Reste").said(language)) }
                        th scope="col" { (Text::new("What", "Quoi").said(language)) }
                        th.axis scope="col" { (Text::new("Next twelve months", "Douze prochains mois").said(language)) }
                    } }
                    tbody { @for thing in things { (row(thing, report)) } }
                }
            }
        }
    }
}

fn row(thing: &Dated<'_>, report: &Report) -> Markup {
    let days = thing.days_left(report);
    let class = if days < NOW {
        "fail"
    } else if days < SOON {
        "warn"
    } else {
        "pass"
    };
    let share = days.clamp(0, AXIS) * 100 / AXIS;
    html! {
        tr.(class) data-tenant=(printable(&thing.finding.tenant)) data-family=(thing.finding.check.family()) data-status=(thing.finding.status().as_str()) {
            td { time datetime=(thing.until) { (thing.until.strftime("%Y-%m-%d")) } }
            td { (left(days, report.language)) }
            th scope="row" {
                bdi { (printable(&thing.finding.subject)) } " " code { (thing.finding.check.id) }
                @if report.tenants.len() > 1 { " " span.tenant { bdi { (printable(&thing.finding.tenant)) } } }
            }
            td.axis { span.bar style={ "--share:" (share) "%" } {} }
        }
    }
}

fn left(days: i64, language: Language) -> String {
    match (language, days) {
        (Language::En, ..=-1) => "ended".to_owned(),
        (Language::Fr, ..=-1) => "terminé".to_owned(),
        (Language::En, 1) => "1 day".to_owned(),
        (Language::En, days) => format!("{days} days"),
        (Language::Fr, 0..=1) => format!("{days} jour"),
        (Language::Fr, days) => format!("{days} jours"),
    }
}
