//! Reachability as comma-separated values (RFC 4180): one line for each row of the matrix. Not here: witnesses in every world, which only JSON has.

use std::io::{self, Write};

use super::{ReachAnswer, Reachability};
use crate::words::escape;

const COLUMNS: [&str; 10] = ["from", "to", "rail", "port", "yes", "no", "depends", "undecided", "codes", "witness"];

/// Writes reachability as comma-separated values.
pub fn reach_csv(reach: &Reachability, out: &mut dyn Write) -> io::Result<()> {
    line(&COLUMNS.map(ToOwned::to_owned), out)?;
    for row in &reach.rows {
        let mut codes: Vec<&str> = Vec::new();
        let losses = row.answers.iter().flat_map(|answer| &answer.worlds).flat_map(|world| &world.losses);
        for loss in losses {
            if !codes.contains(&loss.code.as_str()) {
                codes.push(&loss.code);
            }
        }
        // Of a row with several answers, one that is not yes is what a reader looks for.
        let witness = row.answers.iter().find(|answer| answer.answer != "yes").or(row.answers.first());
        let witness = witness.map(|ReachAnswer { from, to, .. }| format!("{from} → {to}")).unwrap_or_default();
        let counts = [row.pairs.yes, row.pairs.no, row.pairs.depends, row.pairs.undecided];
        let [yes, no, depends, undecided] = counts.map(|count| count.to_string());
        let rail = row.rail.clone().unwrap_or_default();
        let (from, to, port) = (row.from.clone(), row.to.clone(), row.port.clone());
        line(&[from, to, rail, port, yes, no, depends, undecided, codes.join(" "), witness], out)?;
    }
    Ok(())
}

fn line(fields: &[String; COLUMNS.len()], out: &mut dyn Write) -> io::Result<()> {
    let fields: Vec<String> = fields.iter().map(|field| quoted(&escape(field))).collect();
    write!(out, "{}\r\n", fields.join(","))
}

/// A field, in quotes where it needs them.
fn quoted(field: &str) -> String {
    if field.contains([',', '"']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_commas_and_quotes_stay_one_field() {
        assert_eq!(quoted("vault"), "vault");
        assert_eq!(quoted("a, b"), "\"a, b\"");
        assert_eq!(quoted("say \"a\""), "\"say \"\"a\"\"\"");
    }
}
