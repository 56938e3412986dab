//! `twinrail diff`: two checks, and what differs between them.

use std::io::Write as _;
use std::path::PathBuf;

use twinrail_report::{Side, TextOptions};

use crate::call::{Diff, PlainFormat};
use crate::check::{Checked, Judging, config, day, is_coloured};
use crate::{Outcome, exit};

pub(crate) fn diff(call: &Diff) -> Outcome {
    let today = day(call.today.as_deref())?;
    let config = config(call.config.as_deref(), &call.new)?;
    let inputs =
        |first: &PathBuf, more: &[PathBuf]| -> Vec<PathBuf> { std::iter::once(first).chain(more).cloned().collect() };
    let judging = |facts| Judging { facts, config: &config, strict: false, baseline: None, today, outages: true };
    let old = judging(&call.old_facts).judge(&inputs(&call.old, &call.with_old))?;
    let new = judging(&call.new_facts).judge(&inputs(&call.new, &call.with_new))?;
    let diff = twinrail_report::diff(side(&old), side(&new));
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match call.format {
        PlainFormat::Text => {
            let options = TextOptions { color: is_coloured(call.color), details: call.details, coverage: false };
            twinrail_report::diff_text(&diff, options, &mut out)?;
        }
        PlainFormat::Json => twinrail_report::diff_json(&diff, &mut out)?,
    }
    out.flush()?;
    Ok(exit::CLEAN)
}

fn side(checked: &Checked) -> Side<'_> {
    Side { loaded: &checked.loaded, catalog: &checked.catalog, report: &checked.report }
}
