//! One model, many readers: every format writes the same report.

mod evidence;
mod group;
mod human;
mod json;
mod jsonl;
pub(crate) mod layout;
mod printable;
mod wording;

pub use evidence::Book;
pub use human::Human;
pub use json::Json;
pub(crate) use json::ReferenceDocument;
pub use jsonl::Jsonl;
pub use model::{Report, TenantReport};
pub use printable::printable;

mod model;

use std::io::{self, Write};

/// A form of the report.
pub trait Format {
    fn write(&self, report: &Report, out: &mut dyn Write) -> io::Result<()>;
}
