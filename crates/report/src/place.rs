//! From entities to lines and columns: the one place that leads a finding back to the text it is about. Not here: what is said there.

use std::cell::OnceCell;

use twinrail_intake::{Origins, SourceId, Spot};
use twinrail_model::{Network, Place as Where};

use crate::Place;

/// Leads places of a network to places in its inputs.
pub(crate) struct Places<'a> {
    network: &'a Network,
    origins: &'a Origins,
    lines: Vec<Lines>,
}

impl<'a> Places<'a> {
    pub(crate) fn new(network: &'a Network, origins: &'a Origins) -> Self {
        let lines = origins.sources().map(|source| Lines::new(origins.text(source))).collect();
        Self { network, origins, lines }
    }

    /// Where a place stands; of the whole entity if the field does not stand there.
    pub(crate) fn spot(&self, place: Where) -> Option<Spot> {
        // An entity as a whole is shown by its name, which says more than the brace it begins with.
        let shown = Where { field: place.field.or(Some("name")), ..place };
        self.origins.spot(shown).or_else(|| self.origins.spot(place.entity.into()))
    }

    /// A place as line and column, cut to its first line.
    pub(crate) fn place(&self, place: Where, label: &str) -> Option<Place> {
        Some(self.at(&self.spot(place)?, place, label))
    }

    /// A place whose spot is known.
    pub(crate) fn at(&self, spot: &Spot, place: Where, label: &str) -> Place {
        let text = self.origins.text(spot.source);
        let lines = self.lines_of(spot.source);
        let start = spot.bytes.start.min(text.len());
        let (line, whole) = lines.around(text, start);
        let line_start = lines.starts[line];
        let end = spot.bytes.end.clamp(start, line_start + whole.len().max(start - line_start));
        let (shown, cut) = clip(whole, start - line_start);
        let within = |byte: usize| (byte - line_start).saturating_sub(cut).min(shown.len());
        Place {
            path: self.origins.path(spot.source).to_owned(),
            kind: place.entity.kind().to_owned(),
            entity: self.network.name(place.entity).to_string(),
            field: place.field.map(ToOwned::to_owned),
            address: self.origins.address(place).map(ToOwned::to_owned),
            line: line + 1,
            column: lines.characters(text, start) - lines.characters(text, line_start) + 1,
            label: label.to_owned(),
            start: within(start),
            end: within(end),
            text: shown,
        }
    }

    fn lines_of(&self, source: SourceId) -> &Lines {
        &self.lines[source.index()]
    }
}

/// Where the lines of a text begin, and how many characters stand before a byte.
struct Lines {
    starts: Vec<usize>,
    /// Characters before every [`STRIDE`]th byte, counted when first asked for: a dump of many megabytes may be one line,
    /// and thousands of findings may stand in it.
    counts: OnceCell<Vec<usize>>,
}

const STRIDE: usize = 4096;

impl Lines {
    fn new(text: &str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { starts, counts: OnceCell::new() }
    }

    /// The line of a byte, from 0, and its text.
    fn around<'t>(&self, text: &'t str, byte: usize) -> (usize, &'t str) {
        let line = self.starts.partition_point(|at| *at <= byte) - 1;
        let end = self.starts.get(line + 1).map_or(text.len(), |next| next - 1);
        (line, text[self.starts[line]..end].trim_end_matches('\r'))
    }

    /// Characters before a byte.
    fn characters(&self, text: &str, byte: usize) -> usize {
        let counts = self.counts.get_or_init(|| {
            let blocks = text.as_bytes().chunks(STRIDE).map(count);
            let sums = blocks.scan(0, |sum, block| {
                *sum += block;
                Some(*sum)
            });
            std::iter::once(0).chain(sums).collect()
        });
        let block = byte / STRIDE;
        counts[block] + count(&text.as_bytes()[block * STRIDE..byte])
    }
}

/// Characters that begin in these bytes.
fn count(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count()
}

/// At most this much of a line is shown: JSON may stand on a single one.
const SHOWN: usize = 160;

/// A long line around a byte, with how many bytes were cut at its start.
fn clip(line: &str, at: usize) -> (String, usize) {
    if line.len() <= SHOWN {
        return (line.to_owned(), 0);
    }
    let floor = |mut byte: usize| {
        while !line.is_char_boundary(byte) {
            byte -= 1;
        }
        byte
    };
    let from = floor(at.saturating_sub(SHOWN / 4));
    let to = floor((from + SHOWN).min(line.len()));
    (line[from..to].to_owned(), from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_from_any_byte() {
        let text: String = "aä€😀\n".chars().cycle().take(20_000).collect();
        let lines = Lines::new(&text);
        let mut expected = 0;
        for (at, _) in text.char_indices() {
            assert_eq!(lines.characters(&text, at), expected, "before byte {at}");
            expected += 1;
        }
        assert_eq!(lines.characters(&text, text.len()), expected);
    }
}
