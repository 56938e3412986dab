//! Text as several renderers need it: names taken out, control characters replaced, counts in words. Not here: any format's own escaping.

use crate::{Condition, Report, WorldArm};

/// Stands for a name that was taken out.
const GAP: &str = "·";

/// A text without a name; parts of longer names stay.
pub(crate) fn without(text: &str, name: &str) -> String {
    let part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(name).filter(|_| !name.is_empty()) {
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        let whole = !before.chars().next_back().or(kept.chars().next_back()).is_some_and(part_of_name)
            && !after.chars().next().is_some_and(part_of_name);
        kept.push_str(before);
        kept.push_str(if whole { GAP } else { name });
        rest = after;
    }
    kept + rest
}

/// Names come from files that others wrote: no control character of theirs reaches a reader.
pub(crate) fn escape(text: &str) -> String {
    let control = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if control(c) { '\u{fffd}' } else { c }).collect()
}

/// `violated if A = x and B = y, or if …`
pub(crate) fn world(arm: &WorldArm) -> String {
    let conditions = |together: &Vec<Condition>| {
        together
            .iter()
            .map(|condition| format!("{} = {}", condition.fact, condition.value))
            .collect::<Vec<_>>()
            .join(" and ")
    };
    let when: Vec<String> = arm.when.iter().map(conditions).collect();
    let words = arm.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
    format!("{} if {}{words}", arm.verdict, when.join(", or if "))
}

/// The whole report in a word or two.
pub(crate) fn verdict(report: &Report) -> &'static str {
    let summary = &report.summary;
    if summary.denied > 0 {
        "refused or broken"
    } else if summary.violated > 0 {
        "risks"
    } else if summary.depends > 0 {
        "depends"
    } else if summary.undecided + summary.bound_hit > 0 {
        "undecided"
    } else if summary.known > 0 {
        "nothing new"
    } else if summary.run == summary.suppressed {
        "nothing judged"
    } else {
        "passed"
    }
}

/// `3 depends, 1 undecided`
pub(crate) fn counts(parts: &[(usize, &str)]) -> String {
    parts.iter().map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_are_taken_out() {
        assert_eq!(without("node-1 nic1 of node-1, not of node-10 or my-node-1", "node-1"), "· nic1 of ·, not of node-10 or my-node-1");
        assert_eq!(without("`a` and a/b and aa", "a"), "`·` and ·/b and aa");
        assert_eq!(without("aaa", "a"), "aaa");
        assert_eq!(without("anything", ""), "anything");
    }
}
