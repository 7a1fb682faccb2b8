//! One model, many readers: every format writes the same report.

mod csv;
mod dated;
mod evidence;
mod group;
mod html;
mod human;
mod ics;
mod inert_json;
mod json;
mod jsonl;
mod junit;
pub(crate) mod layout;
pub(crate) mod markdown;
mod nagios;
mod printable;
mod prometheus;
mod sarif;
mod wording;

pub use csv::Csv;
pub use evidence::Book;
pub use html::Html;
pub use human::Human;
pub use ics::Ics;
pub use inert_json::{write_json, write_json_pretty};
pub use json::Json;
pub(crate) use json::{ReferenceDocument, SCHEMA_VERSION};
pub use jsonl::Jsonl;
pub use junit::Junit;
pub use markdown::Markdown;
pub use model::{Report, TenantReport};
pub use nagios::Nagios;
pub use printable::{one_line, printable};
pub use prometheus::Prometheus;
pub use sarif::Sarif;

mod model;

use std::io::{self, Write};

/// A form of the report.
pub trait Format {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()>;
}
