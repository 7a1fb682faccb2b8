//! `enrollcheck schema`: the JSON Schema of the settings file or of the report.

use super::{Exit, document};
use crate::arguments::{Schema, SchemaOf};

const CONFIG: &str = include_str!("../../data/schemas/config.json");
const REPORT: &str = include_str!("../../data/schemas/report.json");

pub fn execute(arguments: &Schema) -> anyhow::Result<Exit> {
    let schema = match arguments.of {
        SchemaOf::Config => CONFIG,
        SchemaOf::Report => REPORT,
    };
    document(|out| out.write_all(schema.as_bytes()))?;
    Ok(Exit::READY)
}
