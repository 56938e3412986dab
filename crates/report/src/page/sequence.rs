//! A counterexample as a picture: a line for each of those who act, a mark for each step with its words, and beside
//! them a strip for each VIP that shows who has
//! it, who gets its packets and who serves it, until the next change. Not here: the steps, which `Sequence` holds.

use std::fmt::Write as _;

use maud::{Markup, html};

use crate::{Sequence, SequenceStep, VipState};

/// Lengths in units of the picture, about a pixel each.
const LINE: usize = 16;
const ROW_GAP: usize = 10;
const NUMBER: usize = 30;
const LIFELINE: usize = 70;
const WORDS: usize = 390;
/// Characters that fit into the words' column, and into one of a strip.
const WORDS_CHARACTERS: usize = 62;
const STRIP: usize = 98;
const STRIP_CHARACTERS: usize = 14;
const HEAD: usize = 52;

/// Draws a sequence.
pub(super) fn diagram(sequence: &Sequence) -> Markup {
    let picture = Picture::new(sequence);
    html! {
        div class="wide" tabindex="0" role="region" aria-label={ "Steps that violate " (sequence.property) " with " (sequence.mover) } {
            svg viewBox={ "0 0 " (picture.width()) " " (picture.height()) } width=(picture.width()) role="img" {
                title { (sequence.mover) " violates " (sequence.property) " in " (sequence.steps.len()) " steps" }
                (picture.heads())
                (picture.lifelines())
                @for row in &picture.rows { (picture.row(row)) }
                (picture.repeats())
                @for place in 0..sequence.vips.len() { (picture.strips(place)) }
            }
        }
    }
}

/// A step and where it is drawn.
struct Row<'s> {
    step: &'s SequenceStep,
    lines: Vec<String>,
    top: usize,
    height: usize,
}

struct Picture<'s> {
    sequence: &'s Sequence,
    /// Who acts, in the order of their first act.
    who: Vec<&'s str>,
    rows: Vec<Row<'s>>,
}

impl<'s> Picture<'s> {
    fn new(sequence: &'s Sequence) -> Self {
        let mut who: Vec<&str> = Vec::new();
        let mut rows = Vec::new();
        let mut top = HEAD + LINE + ROW_GAP;
        for step in &sequence.steps {
            for party in [Some(&step.who), step.to.as_ref()].into_iter().flatten() {
                if !who.contains(&party.as_str()) {
                    who.push(party);
                }
            }
            let lines = wrapped(&step.words, WORDS_CHARACTERS);
            let tallest = step.vips.iter().map(most).max().unwrap_or(1);
            let height = lines.len().max(tallest) * LINE + ROW_GAP;
            rows.push(Row { step, lines, top, height });
            top += height;
        }
        Self { sequence, who, rows }
    }

    fn words_left(&self) -> usize {
        NUMBER + self.who.len() * LIFELINE + 8
    }

    fn strip_left(&self, vip: usize) -> usize {
        self.words_left() + WORDS + vip * (3 * STRIP + 14)
    }

    fn width(&self) -> usize {
        self.strip_left(self.sequence.vips.len())
    }

    fn height(&self) -> usize {
        self.rows.last().map_or(HEAD + LINE, |row| row.top + row.height) + 6
    }

    fn lifeline(&self, who: &str) -> usize {
        let place = self.who.iter().position(|known| *known == who).unwrap_or(0);
        NUMBER + place * LIFELINE + LIFELINE / 2
    }

    fn heads(&self) -> Markup {
        html! {
            @for who in &self.who {
                @for (line, words) in wrapped(who, 10).iter().take(2).enumerate() {
                    text class="head" x=(self.lifeline(who)) y=(20 + line * 14) text-anchor="middle" { (clipped(words, 11)) }
                }
            }
            text class="head" x=(self.words_left()) y="34" { "what happens" }
            @for (place, vip) in self.sequence.vips.iter().enumerate() {
                @let left = self.strip_left(place);
                text class="head" x=(left) y="18" { (clipped(vip, 30)) }
                @for (column, title) in [self.sequence.held_by.as_str(), "packets to", "served by"].iter().enumerate() {
                    text class="sub" x=(left + column * STRIP + 4) y="36" { (title) }
                }
            }
            line class="rule" x1="0" x2=(self.width()) y1=(HEAD - 8) y2=(HEAD - 8) {}
            text class="words quiet" x=(self.words_left()) y=(HEAD + LINE - 4) { "all is well" }
        }
    }

    fn lifelines(&self) -> Markup {
        html! {
            @for who in &self.who {
                @let x = self.lifeline(who);
                line class="life" x1=(x) x2=(x) y1=(HEAD - 8) y2=(self.height()) {}
            }
        }
    }

    fn row(&self, row: &Row<'_>) -> Markup {
        let (x, y) = (self.lifeline(&row.step.who), row.top + LINE / 2);
        let class = if row.step.fault { "step fault" } else { "step" };
        html! {
            g class=(class) {
                text class="number" x=(NUMBER - 8) y=(y + 4) text-anchor="end" { (row.step.number) }
                line class="lead" x1=(x) x2=(self.words_left() - 6) y1=(y) y2=(y) {}
                @if let Some(to) = row.step.to.as_deref().filter(|to| *to != row.step.who) { (arrow(x, self.lifeline(to), y)) }
                @if row.step.fault {
                    path class="mark" d={ "M" (x) " " (y - 7) "l7 7l-7 7l-7 -7z" } {}
                    text class="bang" x=(x) y=(y + 4) text-anchor="middle" { "!" }
                } @else {
                    circle class="mark" cx=(x) cy=(y) r="5" {}
                }
                @for (line, words) in row.lines.iter().enumerate() {
                    text class="words" x=(self.words_left()) y=(y + 4 + line * LINE) { (words) }
                }
            }
        }
    }

    /// A bracket along the steps that repeat for ever.
    fn repeats(&self) -> Markup {
        let from = self.sequence.repeats_from;
        let first = from.and_then(|from| self.rows.iter().find(|row| row.step.number == from));
        html! {
            @if let Some(first) = first {
                @let bottom = self.height() - 4;
                path class="again" d={ "M8 " (first.top) "h-5V" (bottom) "h5" } {}
                text class="sub" x="10" y=(first.top - 1) { "↻ repeats from here" }
            }
        }
    }

    /// Three columns of a VIP: bands that last until their value changes.
    fn strips(&self, vip: usize) -> Markup {
        let left = self.strip_left(vip);
        let columns = [VipState::holders, VipState::receivers, VipState::servers];
        html! {
            @for (column, of) in columns.iter().enumerate() {
                @for band in self.bands(vip, *of) {
                    @let x = left + column * STRIP;
                    g class={ "band " (band.class(column)) } {
                        rect x=(x) y=(band.top) width=(STRIP - 6) height=(band.bottom - band.top - 2) rx="3" {}
                        @for (line, words) in band.words().iter().enumerate() {
                            text x=(x + 4) y=(band.top + 13 + line * LINE) { (clipped(words, STRIP_CHARACTERS)) }
                        }
                    }
                }
            }
        }
    }

    fn bands(&self, vip: usize, of: fn(&VipState) -> Vec<String>) -> Vec<Band> {
        let start = self.sequence.start.get(vip).map(of).unwrap_or_default();
        let mut bands = vec![Band { names: start, top: HEAD - 2, bottom: self.height() }];
        for row in &self.rows {
            let names = row.step.vips.get(vip).map(of).unwrap_or_default();
            let last = bands.last_mut().expect("the start is a band");
            if last.names != names {
                last.bottom = row.top;
                bands.push(Band { names, top: row.top, bottom: self.height() });
            }
        }
        bands
    }
}

/// From who acts to whom it reaches.
fn arrow(from: usize, to: usize, y: usize) -> Markup {
    let (tip, back) = if to > from { (to - 2, "l-7 -4v8z") } else { (to + 2, "l7 -4v8z") };
    html! {
        line class="message" x1=(from) x2=(tip) y1=(y) y2=(y) {}
        path class="tip" d={ "M" (tip) " " (y) (back) } {}
    }
}

/// How long something stays as it is.
struct Band {
    names: Vec<String>,
    top: usize,
    bottom: usize,
}

impl Band {
    /// Nobody, and two where one is meant, are drawn differently. Who is refused by the storage serves nobody.
    fn class(&self, column: usize) -> &'static str {
        match (self.names.iter().filter(|name| !name.starts_with('(')).count(), column) {
            (0, _) => "nobody",
            (1, _) | (_, 0) => "one",
            _ => "several",
        }
    }

    fn words(&self) -> Vec<String> {
        if self.names.is_empty() { vec!["nobody".to_owned()] } else { self.names.clone() }
    }
}

fn most(state: &VipState) -> usize {
    let lengths = [state.holders(), state.receivers(), state.servers()].map(|names| names.len());
    lengths.into_iter().fold(1, usize::max)
}

/// Words in lines of at most so many characters; a longer word has a line of its own.
fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is a line");
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > most {
            lines.push(clipped(word, most));
        } else {
            let gap = if line.is_empty() { "" } else { " " };
            let _ = write!(line, "{gap}{}", clipped(word, most));
        }
    }
    lines
}

/// A text that fits; what is cut is marked.
pub(super) fn clipped(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}
