//! Live progress on a terminal, and nowhere else.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::finding::Finding;
use crate::plan::Case;
use crate::report::printable;
use crate::run::{Keep, Observer};

/// A line on standard error that says how far the run is.
pub(crate) struct Progress {
    bar: ProgressBar,
    keep: Keep,
}

impl Progress {
    /// Hidden where nobody looks, or where nobody wants it.
    pub(crate) fn new(wanted: bool, keep: Keep) -> Self {
        let target = match wanted && std::io::stderr().is_terminal() {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template("  {bar:24} {pos}/{len} {wide_msg:.dim}") {
            bar.set_style(style);
        }
        Self { bar, keep }
    }

    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

impl Observer for Progress {
    fn planned(&mut self, cases: usize) {
        self.bar.set_length(u64::try_from(cases).unwrap_or(u64::MAX));
    }

    fn found(&mut self, _: &Finding) {
        self.bar.inc(1);
    }

    fn waiting(&mut self, case: &Case) {
        self.bar.set_message(format!("{} {}", case.check.id, printable(&case.subject)));
    }

    fn keeps(&self) -> Keep {
        self.keep
    }
}
