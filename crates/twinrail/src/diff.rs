//! `twinrail diff`: two checks, and what differs between them.

use std::io::Write as _;
use std::path::PathBuf;

use twinrail_report::{Side, TextOptions};

use crate::call::{Diff, Format};
use crate::check::{Checked, config, day, is_coloured, judge};
use crate::{Outcome, exit};

pub(crate) fn diff(call: &Diff) -> Outcome {
    let today = day(call.today.as_deref())?;
    let config = config(call.config.as_deref(), &call.new)?;
    let inputs =
        |first: &PathBuf, more: &[PathBuf]| -> Vec<PathBuf> { std::iter::once(first).chain(more).cloned().collect() };
    let old = judge(&inputs(&call.old, &call.with_old), &call.old_facts, &config, today)?;
    let new = judge(&inputs(&call.new, &call.with_new), &call.new_facts, &config, today)?;
    let diff = twinrail_report::diff(side(&old), side(&new));
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match call.format {
        Format::Text => {
            let options = TextOptions { color: is_coloured(call.color), details: call.details };
            twinrail_report::diff_text(&diff, options, &mut out)?;
        }
        Format::Json => twinrail_report::diff_json(&diff, &mut out)?,
    }
    out.flush()?;
    Ok(exit::CLEAN)
}

fn side(checked: &Checked) -> Side<'_> {
    Side { loaded: &checked.loaded, catalog: &checked.catalog, report: &checked.report }
}
