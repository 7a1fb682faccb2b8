//! Which checks run.

use checks::Check;
use globset::{Glob, GlobMatcher};

/// The checks that `--only` and `--skip` leave.
#[derive(Clone)]
pub struct Selection {
    only: Vec<GlobMatcher>,
    skip: Vec<GlobMatcher>,
}

/// A pattern that selects nothing, or is no pattern.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadSelection {
    #[error("--only {pattern:?} matches no check{hint}")]
    MatchesNothing { pattern: String, hint: String },
    #[error("{pattern:?} is not a pattern: {why}")]
    NotAGlob { pattern: String, why: String },
    #[error("no check is left: --skip takes out everything that --only selects")]
    NothingLeft,
}

impl Selection {
    /// The patterns over the built-in checks and the user's own.
    pub fn new(only: &[String], skip: &[String], own: &[&'static Check]) -> Result<Self, BadSelection> {
        let compile = |patterns: &[String]| patterns.iter().map(|p| glob(p)).collect::<Result<Vec<_>, _>>();
        let all = || checks::all().chain(own.iter().copied());
        let selection = Self { only: compile(only)?, skip: compile(skip)? };
        for (pattern, matcher) in only.iter().zip(&selection.only) {
            if !all().any(|check| matcher.is_match(check.id)) {
                let hint = match nearest(pattern) {
                    Some(id) => format!("; did you mean {id}?"),
                    None => format!("; the families are {}", families(all()).join(", ")),
                };
                return Err(BadSelection::MatchesNothing { pattern: pattern.clone(), hint });
            }
        }
        if all().any(|check| selection.has(check)) { Ok(selection) } else { Err(BadSelection::NothingLeft) }
    }

    pub fn everything() -> Self {
        Self { only: Vec::new(), skip: Vec::new() }
    }

    /// The patterns of `--only` and of `--skip`, as they were given.
    pub fn patterns(&self) -> [Vec<String>; 2] {
        [&self.only, &self.skip].map(|globs| globs.iter().map(|glob| glob.glob().to_string()).collect())
    }

    pub fn has(&self, check: &Check) -> bool {
        let matches = |patterns: &[GlobMatcher]| patterns.iter().any(|pattern| pattern.is_match(check.id));
        (self.only.is_empty() || matches(&self.only)) && !matches(&self.skip)
    }

    pub fn has_id(&self, id: &str) -> bool {
        checks::by_id(id).is_some_and(|check| self.has(check))
    }
}

/// What stands before the dot of ids.
fn families<'a>(checks: impl Iterator<Item = &'a Check>) -> Vec<&'a str> {
    let mut families: Vec<&str> = Vec::new();
    for family in checks.filter_map(|check| check.id.split('.').next()) {
        if !families.contains(&family) {
            families.push(family);
        }
    }
    families
}

/// A pattern over ids and subjects.
pub fn glob(pattern: &str) -> Result<GlobMatcher, BadSelection> {
    let not = |error: globset::Error| BadSelection::NotAGlob {
        pattern: pattern.to_owned(),
        why: error.kind().to_string(),
    };
    Ok(Glob::new(pattern).map_err(not)?.compile_matcher())
}

/// The check id that a misspelt one most likely means.
pub fn nearest(text: &str) -> Option<&'static str> {
    let ids = checks::all().map(|check| check.id);
    let scored = ids.map(|id| (strsim::jaro_winkler(text, id), id));
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(score, _)| *score > 0.8).map(|(_, id)| id)
}
