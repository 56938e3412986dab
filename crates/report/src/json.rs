//! The report as JSON, and the JSON Schema of it.

use std::io::{self, Write};

use serde_json::Value;

use crate::Report;

/// Writes the report as JSON.
pub fn json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    writeln!(out)
}

/// The JSON Schema of the report.
pub fn schema() -> Value {
    schemars::schema_for!(Report).to_value()
}
