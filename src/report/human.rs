//! The report for people at a terminal: what fails first, and what to do about it.

use std::io::{self, Write};

use checks::{Message, Status, family_names};

use super::dated;
use super::group::{Group, groups};
use super::layout::{BOLD, DIM, Page, style};
use super::printable::one_line;
use super::wording;
use super::{Format, Report, TenantReport};
use crate::cut::Cut;
use crate::finding::{Finding, Verdict};
use crate::language::{Language, Said, pick};
use crate::tally::Across;

/// How much is shown.
pub struct Human {
    pub width: usize,
    /// Passed and skipped findings too, one by one.
    pub verbose: bool,
    /// Failures and the verdict only.
    pub quiet: bool,
}

impl Format for Human {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let mut page = Page::new(out, self.width);
        if !self.quiet {
            header(report, &mut page)?;
        }
        for status in [Status::Fail, Status::Warn, Status::Unknown] {
            if self.quiet && status != Status::Fail {
                continue;
            }
            for group in groups(report, status) {
                self.group(&group, report, &mut page)?;
            }
        }
        if self.verbose {
            for status in [Status::Pass, Status::Skip] {
                for finding in report.findings.iter().filter(|f| f.status() == status) {
                    self.brief(finding, report, &mut page)?;
                }
            }
        } else if !self.quiet {
            families(report, &mut page)?;
        }
        if !self.quiet {
            tenants(report, &mut page)?;
            page.blank()?;
        }
        verdict(report, &mut page)
    }
}

fn header(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let names = report.names();
    let mut parts = vec![format!("{BOLD}enrollcheck {}{BOLD:#}", env!("CARGO_PKG_VERSION"))];
    if !names.is_empty() {
        parts.push(format!("{BOLD}{}{BOLD:#}", one_line(&names)));
    }
    parts.push(report.started_at.strftime("%Y-%m-%d %H:%M UTC").to_string());
    if let Some(day) = report.other_day() {
        parts.push(match report.language {
            Language::En => format!("judged as of {day}"),
            Language::Fr => format!("jugé au {day}"),
        });
    }
    if !report.resolvers.is_empty() {
        let shown = report.resolvers.join(", ");
        parts.push(match report.language {
            Language::En => format!("resolvers {shown}"),
            Language::Fr => format!("résolveurs {shown}"),
        });
    }
    parts.push(match report.language {
        Language::En => format!("catalogue of {}", report.catalogue_date),
        Language::Fr => format!("catalogue du {}", report.catalogue_date),
    });
    page.parts(&parts, " · ")
}

impl Human {
    fn group(&self, group: &Group<'_>, report: &Report, page: &mut Page<'_>) -> io::Result<()> {
        let (first, language) = (group.first, report.language);
        page.blank()?;
        self.title(first, group.others.len(), report, page)?;
        if group.others.is_empty() {
            page.text(first.outcome.summary.said(language))?;
            return details(first, language, page);
        }
        page.text(first.outcome.reason.meaning.said(language))?;
        for (sentence, named) in group.statements(language) {
            page.item(&sentence)?;
            page.table(&named)?;
        }
        if let Some(remedy) = first.outcome.reason.remedy {
            page.labelled(wording::FIX.said(language), remedy.said(language))?;
        }
        waived(first, language, page)?;
        see(first, language, page)
    }

    fn title(&self, finding: &Finding, more: usize, report: &Report, page: &mut Page<'_>) -> io::Result<()> {
        let status = finding.status();
        let (style, mark, word) = (style(status), wording::mark(status), wording::word(status).en);
        let more = match (more, report.language) {
            (0, _) => String::new(),
            (more, Language::En) => format!(" and {more} more"),
            (more, Language::Fr) => format!(" et {more} de plus"),
        };
        let subject = one_line(&finding.subject);
        let reason = finding.reason_id();
        let mut parts = vec![
            format!("{style}{mark} {word}{style:#}"),
            format!("{BOLD}{reason}{BOLD:#}"),
            format!("{subject}{more}"),
        ];
        if report.tenants.len() > 1 {
            parts.push(format!("{DIM}[{}]{DIM:#}", one_line(&finding.tenant)));
        }
        page.parts(&parts, " ")
    }

    /// A finding that needs nobody: a line or two.
    fn brief(&self, finding: &Finding, report: &Report, page: &mut Page<'_>) -> io::Result<()> {
        self.title(finding, 0, report, page)?;
        page.text(finding.outcome.summary.said(report.language))?;
        for note in &finding.outcome.notes {
            page.labelled(wording::NOTE.said(report.language), note.said(report.language))?;
        }
        Ok(())
    }
}

fn details(finding: &Finding, language: Language, page: &mut Page<'_>) -> io::Result<()> {
    let outcome = &finding.outcome;
    if !outcome.found.is_empty() {
        let found: Vec<&str> = outcome.found.iter().map(|m| m.said(language)).collect();
        page.labelled(wording::SAW.said(language), &found.join("\n"))?;
    }
    if let Some(wanted) = &outcome.wanted {
        page.labelled(wording::WANT.said(language), wanted.said(language))?;
    }
    let affects = match &outcome.affects {
        Some(affects) => affects.said(language),
        None => finding.check.affects.said(language),
    };
    page.labelled(wording::AFFECTS.said(language), affects)?;
    fix(finding, language, page)?;
    for note in &outcome.notes {
        page.labelled(wording::NOTE.said(language), note.said(language))?;
    }
    waived(finding, language, page)?;
    see(finding, language, page)
}

fn fix(finding: &Finding, language: Language, page: &mut Page<'_>) -> io::Result<()> {
    let Some(remedy) = &finding.outcome.remedy else { return Ok(()) };
    page.labelled(wording::FIX.said(language), remedy.prose.said(language))?;
    for copy in &remedy.copies {
        if let Some(label) = &copy.label {
            page.labelled("", label.said(language))?;
        }
        page.copy(&copy.text)?;
    }
    Ok(())
}

fn waived(finding: &Finding, language: Language, page: &mut Page<'_>) -> io::Result<()> {
    let Some(waiver) = &finding.waiver else { return Ok(()) };
    let owner = waiver.owner.as_ref().map(|owner| format!(" ({owner})")).unwrap_or_default();
    let (because, until) = (&waiver.because, &waiver.until);
    let text = match language {
        Language::En => format!("until {until}: {because}{owner}"),
        Language::Fr => format!("jusqu’au {until} : {because}{owner}"),
    };
    page.labelled(wording::WAIVED.said(language), &text)
}

fn see(finding: &Finding, language: Language, page: &mut Page<'_>) -> io::Result<()> {
    if let Some(reference) = finding.check.references.first() {
        page.labelled(wording::SEE.said(language), reference.url)?;
        return page.labelled("", &format!("enrollcheck explain {}", finding.reason_id()));
    }
    page.labelled(wording::SEE.said(language), &format!("enrollcheck explain {}", finding.reason_id()))
}

/// What passed and what was left out, a line per family.
fn families(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let language = report.language;
    for (status, title) in [(Status::Pass, wording::PASSED), (Status::Skip, wording::NOT_APPLICABLE)] {
        let of = |family: &str| {
            report.findings.iter().filter(|f| f.status() == status && f.check.family() == family).count()
        };
        let counts: Vec<(&str, usize)> =
            family_names().map(|name| (name, of(name))).filter(|(_, count)| *count > 0).collect();
        if counts.is_empty() {
            continue;
        }
        page.blank()?;
        let show = wording::SHOW_ALL.said(language);
        let title = title.said(language);
        page.parts(&[format!("{BOLD}{title}{BOLD:#}"), format!("{DIM}({show}){DIM:#}")], " ")?;
        let (style, mark) = (style(status), wording::mark(status));
        for (family, count) in counts {
            page.line(&format!("  {style}{mark}{style:#} {family:<12}{count:>5}"))?;
        }
    }
    Ok(())
}

/// More tenants than this are not named one by one where they are well.
const NAMED: usize = 20;

/// The verdict of each tenant, where there are several: of many, those that are not ready.
fn tenants(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    if report.tenants.len() < 2 {
        return Ok(());
    }
    page.blank()?;
    let many = report.tenants.len() > NAMED;
    let named = |tenant: &&TenantReport| !many || tenant.verdict >= Verdict::Inconclusive;
    for tenant in report.tenants.iter().filter(named).take(NAMED) {
        let style = style(worst(tenant.verdict));
        let verdict = pick(wording::verdict(tenant.verdict), report.language);
        page.line(&format!("{style}{verdict}{style:#}  {}", one_line(&tenant.name)))?;
    }
    across(report, page)
}

/// What stands out over all tenants: check by check.
fn across(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let language = report.language;
    let told = |across: &&Across| across.open;
    for across in report.checks.iter().filter(told) {
        let Across { check, tenants, fail, warn, unknown, .. } = across;
        let said: Vec<String> = [(Status::Fail, fail), (Status::Warn, warn), (Status::Unknown, unknown)]
            .into_iter()
            .filter(|(_, count)| **count > 0)
            .map(|(status, count)| {
                let (style, word) = (style(status), pick(wording::for_tenants(status), language));
                format!("{style}{word} {count}{style:#}")
            })
            .collect();
        let of = match language {
            Language::En => format!("of {tenants} tenants"),
            Language::Fr => format!("sur {tenants} locataires"),
        };
        page.parts(&[format!("  {check:<32}"), format!("{} {DIM}{of}{DIM:#}", said.join(", "))], "  ")?;
    }
    Ok(())
}

fn worst(verdict: Verdict) -> Status {
    match verdict {
        Verdict::Ready => Status::Pass,
        Verdict::ReadyWithWarnings => Status::Warn,
        Verdict::Inconclusive => Status::Unknown,
        Verdict::NotReady => Status::Fail,
    }
}

/// The last line: what it comes to, in numbers, and what runs out next.
fn verdict(report: &Report, page: &mut Page<'_>) -> io::Result<()> {
    let (language, summary) = (report.language, &report.summary);
    let style = style(worst(report.verdict));
    let word = pick(wording::verdict(report.verdict), language);
    let counts = wording::counts(summary);
    let counts: Vec<&str> = counts.iter().map(|(_, count)| count.said(language)).collect();
    let separator = if language == Language::Fr { " :" } else { ":" };
    let mut line = format!("{style}{word}{style:#}{separator} {}", counts.join(", "));
    if let Some(next) = next_to_expire(report) {
        line.push_str(if language == Language::Fr { " ; " } else { "; " });
        line.push_str(next.said(language));
    }
    if report.summary.total() == 0 {
        page.line(&format!("{BOLD}{}{BOLD:#}", wording::NOTHING.said(language)))?;
    }
    if let Some(cut) = report.cut {
        let why = match cut {
            Cut::Deadline => wording::CUT_BY_DEADLINE,
            Cut::Interrupt | Cut::Terminate => wording::CUT_BY_HAND,
        };
        page.line(&format!("{BOLD}{}{BOLD:#}", why.said(language)))?;
    }
    page.flow(&line)
}

/// What of the organisation's own runs out next.
fn next_to_expire(report: &Report) -> Option<Message> {
    let next = dated::things(report).into_iter().find(|dated| dated.until > report.judged_at)?;
    let (finding, until, days) = (next.finding, next.until, next.days_left(report));
    let subject = one_line(&finding.subject);
    let day = until.strftime("%Y-%m-%d");
    Some(Message {
        en: format!("next to expire: {subject} on {day} (in {days} days)"),
        fr: format!("prochaine expiration : {subject} le {day} (dans {days} jours)"),
    })
}
