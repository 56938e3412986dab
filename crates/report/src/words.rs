//! Text as several renderers need it: names taken out, control characters replaced, counts in words. Not here: any format's own escaping.

use twinrail_model::{EntityId, Network};

use crate::{Condition, Place, Report, WorldArm};

/// Stands for a name that was taken out.
const GAP: &str = "·";

/// A text with the name of an entity taken out, and that of a NIC's instance.
pub(crate) fn unnamed(network: &Network, subject: EntityId, text: &str) -> String {
    let name = network.short(subject);
    let instance = name.split(' ').next().unwrap_or(&name);
    let text = without(text, &name);
    if instance == name { text } else { without(&text, instance) }
}

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

/// Names come from files that others wrote: no character of theirs that cannot be seen, or that turns the order of others around, reaches a reader.
pub(crate) fn escape(text: &str) -> String {
    text.chars().map(|c| if is_hidden(c) || matches!(c, '\t' | '\n') { '\u{fffd}' } else { c }).collect()
}

/// Whether a reader could not see a character, or would see others in a false order because of it. Tabs and ends of lines can be seen.
pub(crate) fn is_hidden(c: char) -> bool {
    let control = c.is_control() && !matches!(c, '\t' | '\n');
    let format = matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    control || format
}

/// `violated if A = x and B = y, or if …`
pub(crate) fn world(arm: &WorldArm) -> String {
    let words = arm.message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
    format!("{} if {}{words}", arm.verdict, conditions(&arm.when))
}

/// `A = x and B = y, or if …`
pub(crate) fn conditions(when: &[Vec<Condition>]) -> String {
    let together = |together: &Vec<Condition>| {
        together
            .iter()
            .map(|condition| format!("{} = {}", condition.fact, condition.value))
            .collect::<Vec<_>>()
            .join(" and ")
    };
    when.iter().map(together).collect::<Vec<_>>().join(", or if ")
}

/// Several of a kind.
pub(crate) fn plural(kind: &str) -> String {
    match kind.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if kind.ends_with("ss") => format!("{kind}es"),
        None if kind.ends_with('s') => kind.to_owned(),
        None => format!("{kind}s"),
    }
}

/// One of the kinds that the contents name.
pub(crate) fn singular(kind: &str) -> String {
    match (kind.strip_suffix("ies"), kind.strip_suffix("sses")) {
        (Some(stem), _) => format!("{stem}y"),
        (_, Some(stem)) => format!("{stem}ss"),
        _ => kind.strip_suffix('s').unwrap_or(kind).to_owned(),
    }
}

/// A verdict with a sign that is told apart without colour, and the words for it.
pub(crate) fn sign(verdict: &str) -> (&'static str, &str) {
    match verdict {
        "holds" | "enough" | "proved" | "yes" | "delivered" | "arrives" => ("✓", verdict),
        "violated" | "not enough" | "refused" | "broken" | "no" | "dropped" | "lost" => ("✗", verdict),
        "risk" => ("!", verdict),
        "depends" => ("◐", verdict),
        "vacuous" => ("∅", verdict),
        "bound-hit" => ("▸", "bound hit"),
        "absent" => ("·", "n/a"),
        "not-modelled" => ("?", "not modelled"),
        other => ("?", other),
    }
}

/// The whole report in a word or two.
pub(crate) fn verdict(report: &Report) -> &'static str {
    let summary = &report.summary;
    if summary.denied > 0 {
        "refused or broken"
    } else if report.is_denied() {
        "intent violated"
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

/// The verdict, and what it comes from.
pub(crate) fn headline(report: &Report) -> String {
    let unclean = report.unclean();
    let strict = if report.strict && !unclean.is_empty() { ", strict" } else { "" };
    let parts = if unclean.is_empty() { String::new() } else { format!(": {}", counts(&unclean)) };
    let known = match &report.baseline {
        Some(baseline) => format!("; {} known by the baseline, {} new", baseline.known, baseline.new),
        None => String::new(),
    };
    format!("{}{strict}{parts}{known}", verdict(report))
}

/// All counts in one line.
pub(crate) fn totals(report: &Report) -> String {
    let summary = &report.summary;
    let bound_hit = if summary.bound_hit > 0 { format!("; bound hit {}", summary.bound_hit) } else { String::new() };
    let known = if summary.known > 0 { format!(", {} known", summary.known) } else { String::new() };
    format!(
        "{}: {} rules, {} judgements: {} passed, {} violated ({} denied), {} depends, {} undecided, \
         {} suppressed{known}; {} not evaluated, {} not understood{bound_hit}",
        verdict(report),
        summary.rules,
        summary.run,
        summary.passed,
        summary.violated,
        summary.denied,
        summary.depends,
        summary.undecided,
        summary.suppressed,
        summary.not_evaluated,
        summary.not_understood,
    )
}

/// Where a place stands: `node["a"] in plan.json:3:5`.
pub(crate) fn at(place: &Place) -> String {
    format!("{}:{}:{}", origin(place), place.line, place.column)
}

/// The file, and how the tool that wrote it calls the resource.
pub(crate) fn origin(place: &Place) -> String {
    match &place.address {
        Some(address) => format!("{address} in {}", place.path),
        None => place.path.clone(),
    }
}

/// `3 depends, 1 undecided`
pub(crate) fn counts(parts: &[(usize, &str)]) -> String {
    parts.iter().map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
}

/// `1 node`, `3 nodes`
pub(crate) fn counted(count: usize, kind: &str) -> String {
    match count {
        1 => format!("1 {kind}"),
        several => format!("{} {}", grouped(several as u64), plural(kind)),
    }
}

/// A count with its digits in groups of three.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A text in lines of at most a width, where its words allow.
pub(crate) fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_a_plural() {
        let kinds = ["NIC", "address", "firewall policy", "clients"].map(plural);
        assert_eq!(kinds, ["NICs", "addresses", "firewall policies", "clients"]);
    }

    #[test]
    fn only_whole_names_are_taken_out() {
        assert_eq!(
            without("node-1 nic1 of node-1, not of node-10 or my-node-1", "node-1"),
            "· nic1 of ·, not of node-10 or my-node-1"
        );
        assert_eq!(without("`a` and a/b and aa", "a"), "`·` and ·/b and aa");
        assert_eq!(without("aaa", "a"), "aaa");
        assert_eq!(without("anything", ""), "anything");
    }
}
