//! `twinrail ask`: the book of a network, of which only the open questions are printed. Not here: their order, and their words.

use std::io::Write as _;

use twinrail_report::{AskForm, TextOptions};

use crate::call::{Ask, AskFormat};
use crate::check::is_coloured;
use crate::report::{Making, book};
use crate::{Outcome, exit};

pub(crate) fn ask(call: &Ask) -> Outcome {
    let book = book(&Making {
        inputs: &call.inputs,
        facts: &call.facts,
        config: None,
        today: call.today.as_deref(),
        without: &[],
        trials: call.trials,
        varied: 400,
        seed: call.seed,
    })?;
    let form = match call.format {
        AskFormat::Text => AskForm::Text,
        AskFormat::Json => AskForm::Json,
        AskFormat::Letter => AskForm::Letter,
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let options = TextOptions { color: is_coloured(call.color), details: call.details, coverage: false };
    twinrail_report::ask(&book, form, options, &mut out)?;
    out.flush()?;
    Ok(exit::CLEAN)
}
