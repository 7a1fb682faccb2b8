//! The pages of docs/checks/, made from the checks themselves; a test holds the files against this.

use std::fmt::Write;

use checks::{Check, FAMILIES, Family, common};

/// Where a page lies, and what stands in it.
pub struct Page {
    pub path: String,
    pub text: String,
}

/// Every page: one per family, and their index.
pub fn pages() -> Vec<Page> {
    let mut pages: Vec<Page> = FAMILIES.iter().map(family).collect();
    pages.push(index());
    pages
}

fn index() -> Page {
    let mut text = String::from(
        "# The checks\n\nOne page per family, made from the checks themselves. `enrollcheck explain CHECK` and `enrollcheck explain CHECK/REASON` say \
         the same at the terminal, in English and in French.\n\n| check | claim that is true when all is well |\n|---|---|\n",
    );
    for check in checks::all() {
        let (family, anchor) = (check.family(), anchor(check));
        let _ = writeln!(text, "| [`{}`]({family}.md#{anchor}) | {} |", check.id, check.title.en);
    }
    text.push_str(
        "\nEvery check may also say one of these, always as `unknown`:\n\n| reason | meaning |\n|---|---|\n",
    );
    for reason in common::REASONS {
        let _ = writeln!(text, "| `{}` | {} |", reason.id, reason.meaning.en);
    }
    Page { path: "docs/checks/README.md".to_owned(), text }
}

fn family(family: &Family) -> Page {
    let mut text = format!("# `{}`\n", family.name);
    for check in family.checks {
        write_check(check, &mut text);
    }
    Page { path: format!("docs/checks/{}.md", family.name), text }
}

/// As the usual renderers make it from a heading.
fn anchor(check: &Check) -> String {
    check.id.chars().filter(|c| c.is_alphanumeric() || *c == '-').collect()
}

fn write_check(check: &Check, text: &mut String) {
    let _ = writeln!(text, "\n## `{}`\n\n**{}**\n\n{}\n", check.id, check.title.en, check.why.en);
    let _ = writeln!(text, "Put to: {}. Affects {}.\n", check.judge.subject(), check.affects.en);
    if !check.symptoms.is_empty() {
        text.push_str("What users see when it is wrong:\n\n");
        check.symptoms.iter().for_each(|symptom| {
            let _ = writeln!(text, "- {}", symptom.en);
        });
        text.push('\n');
    }
    text.push_str("| reason | status | meaning | what to do |\n|---|---|---|---|\n");
    for reason in check.reasons {
        let remedy = reason.remedy.map_or("", |remedy| remedy.en);
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {remedy} |",
            reason.id,
            reason.status.as_str(),
            reason.meaning.en
        );
    }
    if !check.references.is_empty() {
        text.push('\n');
        for reference in check.references {
            let _ = writeln!(text, "- [{}]({})", reference.title.en, reference.url);
        }
    }
}
