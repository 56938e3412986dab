//! Which random networks the oracles are asked about, by the environment: `SEED=7` that one, `NETWORKS=2000` so many, `FROM=10000` from that seed on,
//! `TWINRAIL_SLOW=1` twelve thousand, of which more than ten thousand are compared. Not here: what a network of a seed is.

use std::ops::Range;

/// How many networks a slow run makes.
const SLOW: u64 = 12_000;

/// Networks about whose odd packets no page decides, so that they are compared in no run: whether an instance of a stateful group that is made anew after a
/// failure serves as a backend, or as a next hop, at once.
const UNSETTLED: [u64; 3] = [12_901, 30_181, 95_174];

/// What the environment says: asked here only.
#[expect(clippy::disallowed_methods, reason = "how much a test does is for whoever runs it to say")]
pub fn switch(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A number that the environment says.
pub fn number(name: &str) -> Option<u64> {
    switch(name).map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// The seeds of a run; `plain` of them if the environment says nothing, and one in `share` of those it says for a test that takes longer.
pub fn seeds(plain: u64, share: u64) -> impl Iterator<Item = u64> + Clone {
    range(plain, share).filter(|seed| !UNSETTLED.contains(seed))
}

fn range(plain: u64, share: u64) -> Range<u64> {
    if let Some(seed) = number("SEED") {
        return seed..seed + 1;
    }
    let asked = number("NETWORKS").or(switch("TWINRAIL_SLOW").map(|_| SLOW));
    let from = number("FROM").unwrap_or(0);
    from..from + asked.map_or(plain, |count| (count / share).max(1))
}

/// The first and the last of the seeds of a run, in words.
pub fn span(seeds: impl Iterator<Item = u64> + Clone) -> String {
    let (first, last) = (seeds.clone().next().unwrap_or(0), seeds.last().unwrap_or(0));
    format!("seeds {first} to {last}")
}

/// Says what a run compared; `cargo test` shows it with `-- --nocapture`.
#[expect(clippy::print_stdout, reason = "figures for whoever runs the test")]
pub fn tell(line: &str) {
    println!("{line}");
}
