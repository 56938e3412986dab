//! A bar that shows which part of a whole is there: of a cap what is in use, of what is asked for what is given. It takes the width of what holds it, so
//! that it stands in tables beside its figures. Not here: the figures.

use maud::{Markup, html};

use super::{Kind, at};

/// Lengths in units of the picture, which is stretched to the width that there is.
const LENGTH: f64 = 100.0;

/// A part of a whole.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meter<'a> {
    /// 0.0 is nothing and 1.0 the whole; more is drawn as the whole.
    pub part: f64,
    /// Within which parts it may lie elsewhere.
    pub range: Option<(f64, f64)>,
    pub kind: Kind,
    /// What it says, in words.
    pub words: &'a str,
}

/// A grey track with the part of it that is there. Where a range is given, a line spans it.
pub fn meter(meter: &Meter<'_>) -> Markup {
    let x = |part: f64| if part.is_nan() { 0.0 } else { part.clamp(0.0, 1.0) * LENGTH };
    let range = meter.range.filter(|(least, most)| x(*most) - x(*least) >= 0.5);
    html! {
        svg class={ "meter " (meter.kind.class()) } viewBox={ "0 0 " (at(LENGTH)) " 10" } preserveAspectRatio="none" role="img" {
            title { (meter.words) }
            rect class="track" x="0" y="1" width=(at(LENGTH)) height="8" {}
            rect class="used" x="0" y="1" width=(at(x(meter.part))) height="8" {}
            @if let Some((least, most)) = range {
                path class="span-line" d={ "M" (at(x(least))) " 5H" (at(x(most))) "M" (at(x(least))) " 1.5v7M" (at(x(most))) " 1.5v7" } {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(part: f64, range: Option<(f64, f64)>) -> String {
        meter(&Meter { part, range, kind: Kind::Bad, words: "<b> of \"all\"" }).into_string()
    }

    #[test]
    fn a_part_is_as_long_as_it_is() {
        let cases = [
            (0.0, "0.0"),
            (0.255, "25.5"),
            (1.0, "100.0"),
            (7.0, "100.0"),
            (f64::INFINITY, "100.0"),
            (f64::NAN, "0.0"),
            (-1.0, "0.0"),
        ];
        for (part, width) in cases {
            let drawn = drawn(part, None);
            assert!(drawn.contains(&format!("class=\"used\" x=\"0\" y=\"1\" width=\"{width}\"")), "{part}: {drawn}");
            assert!(!drawn.contains("span-line") && drawn.contains("&lt;b&gt;") && !drawn.contains("<b>"), "{drawn}");
        }
    }

    #[test]
    fn a_range_has_a_line_only_where_it_can_be_seen() {
        assert!(drawn(0.5, Some((0.25, 0.75))).contains("M25.0 5H75.0"));
        assert!(!drawn(0.5, Some((0.5, 0.502))).contains("span-line"));
        assert!(!drawn(0.5, Some((f64::NAN, 0.0))).contains("span-line"));
    }
}
