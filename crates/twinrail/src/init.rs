//! `twinrail init`: a commented model file to start from. The templates are the shipped examples, so that they are checked like them.

use std::io::Write;

use crate::call::{Init, Template};
use crate::{Failure, Outcome, exit};

pub(crate) fn init(call: &Init) -> Outcome {
    let text = match call.template {
        Template::Z4m => include_str!("../../../examples/z4m.yaml"),
        Template::H4d => include_str!("../../../examples/h4d.yaml"),
        Template::A4 => include_str!("../../../examples/a4.yaml"),
    };
    let Some(path) = &call.output else {
        std::io::stdout().lock().write_all(text.as_bytes())?;
        return Ok(exit::CLEAN);
    };
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        Failure::World(vec![format!("{}: {error}; an existing file is never overwritten", path.display())])
    })?;
    anstream::println!("wrote {}; check it with `twinrail check {}`", path.display(), path.display());
    Ok(exit::CLEAN)
}
