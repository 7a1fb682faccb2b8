//! `enrollcheck list`: the catalogue, and with a domain or a settings file the plan.

use std::collections::BTreeMap;
use std::io::{self, Write};

use checks::{Check, family_names};
use serde::Serialize;

use super::{Exit, apply_colour, block_on, document, to_stdout};
use crate::arguments::{self, ListFormat};
use crate::language::{Language, Said, pick};
use crate::plan::{self, Case, Plan, Shown};
use crate::report::{one_line, write_json_pretty};
use crate::settings::{self, Settings};
use crate::world::World;
use crate::{discover, endpoints};

pub fn execute(arguments: &arguments::List) -> anyhow::Result<Exit> {
    apply_colour(arguments.show.color);
    let settings = settings::resolve(&arguments.domains, &arguments.what, &arguments.network)?;
    let language = arguments.show.language();
    let plan = if settings.is_empty() { None } else { Some(plan(&settings)?) };
    let checks = plan::selected(&settings);
    match arguments.format {
        ListFormat::Json => document(|out| json(&checks, plan.as_ref(), language, out))?,
        ListFormat::Human => to_stdout(&arguments.show, |out| human(&checks, plan.as_ref(), language, out))?,
    }
    Ok(Exit::READY)
}

/// Cases by the id of their check.
type Shape = BTreeMap<&'static str, Vec<Shown>>;

/// What would run on what. The clouds are asked where the plan depends on their word.
fn plan(settings: &Settings) -> anyhow::Result<Shape> {
    let plan = Plan::of(settings);
    let mut cases = plan.alone();
    for place in 0..settings.tenants.len() {
        cases.extend(plan.of_tenant(place));
    }
    if settings.tenants.is_empty() || !(plan.needs_landscape() || plan.needs_servers()) {
        return Ok(by_check(&cases));
    }
    let world = World::live(settings)?;
    if plan.needs_servers() {
        let learning = discover::federations(&settings.tenants, &settings.given, &world);
        let found = block_on(async { tokio::time::timeout(settings.deadline, learning).await })?;
        let assumed = |tenant| discover::assumed_federations(tenant, &settings.given);
        let found = found.unwrap_or_else(|_| settings.tenants.iter().map(assumed).collect());
        for (place, federations) in found.iter().enumerate() {
            cases.extend(plan.of_servers(place, federations));
        }
    }
    if plan.needs_landscape() {
        let learning = discover::learn(&settings.tenants, &settings.given, &world);
        let needs = block_on(async { tokio::time::timeout(settings.deadline, learning).await })?;
        let assumed = || settings.tenants.iter().map(|tenant| discover::assumed(tenant)).collect();
        let needs = needs.unwrap_or_else(|_| assumed());
        cases.extend(plan.of_landscape(&needs, &world.vantage, &endpoints::list()?));
    }
    Ok(by_check(&cases))
}

fn by_check(cases: &[Case]) -> Shape {
    let mut plan = Shape::new();
    for case in cases {
        plan.entry(case.check.id).or_default().push(case.shown());
    }
    plan.values_mut().for_each(|cases| cases.sort());
    plan
}

#[derive(Serialize)]
struct CheckDocument<'a> {
    check: &'static str,
    family: &'static str,
    subject: &'static str,
    title: &'static str,
    reasons: Vec<ReasonDocument>,
    references: Vec<crate::report::ReferenceDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cases: Option<&'a [Shown]>,
}

#[derive(Serialize)]
struct ReasonDocument {
    reason: &'static str,
    status: &'static str,
}

fn json(
    checks: &[&'static Check],
    plan: Option<&Shape>,
    language: Language,
    out: &mut dyn Write,
) -> io::Result<()> {
    let document: Vec<CheckDocument<'_>> = checks
        .iter()
        .map(|check| CheckDocument {
            check: check.id,
            family: check.family(),
            subject: check.judge.subject(),
            title: pick(check.title, language),
            reasons: check
                .reasons
                .iter()
                .map(|reason| ReasonDocument { reason: reason.id, status: reason.status.as_str() })
                .collect(),
            references: check
                .references
                .iter()
                .map(|reference| crate::report::ReferenceDocument::of(reference, language))
                .collect(),
            cases: plan.map(|plan| plan.get(check.id).map_or(&[][..], Vec::as_slice)),
        })
        .collect();
    write_json_pretty(out, &document)?;
    writeln!(out)
}

fn human(
    checks: &[&'static Check],
    plan: Option<&Shape>,
    language: Language,
    out: &mut dyn Write,
) -> io::Result<()> {
    use anstyle::Style;
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    for family in family_names() {
        let mut first = true;
        for check in checks.iter().filter(|check| check.family() == family) {
            if first {
                writeln!(out, "{bold}{family}{bold:#}")?;
                first = false;
            }
            writeln!(out, "  {:<32} {}", check.id, one_line(check.title.said(language)))?;
            let Some(cases) = plan.map(|plan| plan.get(check.id).map_or(&[][..], Vec::as_slice)) else {
                continue;
            };
            for case in cases {
                writeln!(out, "    {dim}{}{dim:#}  {}", one_line(&case.tenant), one_line(&case.subject))?;
            }
        }
    }
    let (count, reasons) = (checks.len(), checks.iter().map(|check| check.reasons.len()).sum::<usize>());
    let cases = plan.map(|plan| plan.values().map(Vec::len).sum::<usize>());
    match (cases, language) {
        (Some(cases), Language::En) => {
            let word =
                |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
            writeln!(out, "\n{}, {}", word(count, "check"), word(cases, "case"))
        }
        (Some(cases), Language::Fr) => {
            let checks = if count < 2 { "vérification" } else { "vérifications" };
            writeln!(out, "\n{count} {checks}, {cases} cas")
        }
        (None, Language::En) => writeln!(
            out,
            "\n{count} checks, {reasons} reasons; enrollcheck explain CHECK says what each means"
        ),
        (None, Language::Fr) => writeln!(
            out,
            "\n{count} vérifications, {reasons} raisons ; enrollcheck explain CHECK dit ce que chacune signifie"
        ),
    }
}
