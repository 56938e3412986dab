//! Chance without a state: a draw is a function of (seed, trial, purpose, entity, n). The same trial meets the same luck under every mover, on
//! any machine and any number of threads, and any trial can be replayed alone.
//! Not here: what is drawn ([`Delay::sample`](crate::Delay::sample)), and where the seed comes from: it is an input.
//!
//! The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as 1, 2, 3; SC 2011). Seed is its key, the rest its
//! counter. Which word holds what, and which bits become a real number, must never change: every printed figure would.

/// What a draw is for. The users of this crate number their purposes; two purposes never share a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purpose(pub u16);

/// The luck of one trial: whatever is drawn, for whatever purpose, is already settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Luck {
    pub seed: u64,
    pub trial: u32,
}

impl Luck {
    /// The `n`th draw for a purpose and an entity. For movers to be compared under equal luck, `entity` and `n` must say what happens (the
    /// third probe of this node), not how often anyone has drawn before: a draw that one mover makes and another does not must shift nothing.
    pub fn draw(self, purpose: Purpose, entity: u32, n: u32) -> Draw {
        let counter = [n, entity, u32::from(purpose.0), self.trial];
        let (high, low) = halves(self.seed);
        let words = philox(counter, [low, high]);
        Draw { first: joined(words[1], words[0]), second: joined(words[3], words[2]) }
    }
}

/// What was drawn: two independent words of 64 random bits, so that one draw can choose a part of a mixture and a place in it. A draw is for one
/// question: a second question to the same draw gets an answer that hangs on the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Draw {
    first: u64,
    second: u64,
}

impl Draw {
    /// A number between 0 and 1, neither of which it ever is: the middle of one of 2^52 equal intervals.
    pub fn first(self) -> f64 {
        unit(self.first)
    }

    /// Another such number, independent of the first.
    pub fn second(self) -> f64 {
        unit(self.second)
    }

    /// Whether something of this probability comes about. Uses the first number.
    pub fn happens(self, probability: f64) -> bool {
        self.first() < probability
    }

    /// One of `bound` equally likely choices, from zero. Uses the first number. The probabilities of two choices differ by
    /// at most 2^-32.
    pub fn below(self, bound: u32) -> u32 {
        assert!(bound > 0, "one of no choices was asked for");
        let (high, _) = halves(self.first);
        halves(u64::from(high) * u64::from(bound)).0
    }
}

fn unit(word: u64) -> f64 {
    const INTERVALS: f64 = (1_u64 << 52) as f64;
    ((word >> 12) as f64 + 0.5) / INTERVALS
}

/// The upper and the lower half of a word.
fn halves(word: u64) -> (u32, u32) {
    ((word >> 32) as u32, (word & 0xffff_ffff) as u32)
}

fn joined(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

const ROUNDS: u32 = 10;
const MULTIPLIERS: [u32; 2] = [0xd251_1f53, 0xcd9e_8d57];
/// What the key grows by in each round: the golden ratio, and the square root of three less one.
const WEYL: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];

/// Philox4x32-10. Twenty lines that must never change are kept here, held by the published answers below.
fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..ROUNDS {
        let (high, low) = halves(u64::from(MULTIPLIERS[0]) * u64::from(counter[0]));
        let (other_high, other_low) = halves(u64::from(MULTIPLIERS[1]) * u64::from(counter[2]));
        counter = [other_high ^ counter[1] ^ key[0], other_low, high ^ counter[3] ^ key[1], low];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The three vectors of Random123, `tests/kat_vectors`, `philox4x32 10`.
    #[test]
    fn published_answers() {
        let cases = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, expected) in cases {
            assert_eq!(philox(counter, key), expected);
        }
    }

    /// Which argument stands where: the published vectors once more, asked for as draws.
    #[test]
    fn the_layout_is_frozen() {
        let draw = Luck { seed: 0, trial: 0 }.draw(Purpose(0), 0, 0);
        assert_eq!(draw, Draw { first: 0xe169_c58d_6627_e8d5, second: 0x9b00_dbd8_bc57_ac4c });
        let luck = Luck { seed: 0x299f_31d0_a409_3822, trial: 0x0370_7344 };
        let draw = luck.draw(Purpose(0x8a2e), 0x85a3_08d3, 0x243f_6a88);
        let words = philox([0x243f_6a88, 0x85a3_08d3, 0x8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]);
        assert_eq!(draw, Draw { first: joined(words[1], words[0]), second: joined(words[3], words[2]) });
    }

    #[test]
    fn numbers_lie_strictly_between_zero_and_one() {
        assert!(unit(0) > 0.0 && unit(u64::MAX) < 1.0);
        assert_eq!((1.0 - unit(u64::MAX)).to_bits(), unit(0).to_bits());
    }

    /// Along each argument alone, 65,536 neighbours are spread evenly, in both words, and tell nothing about the next one. The
    /// bound on the empirical distribution is that of Dvoretzky, Kiefer, Wolfowitz and Massart for a chance of one in 10^9; the one on the
    /// correlation is six standard errors.
    #[test]
    fn neighbours_have_nothing_in_common() {
        type Along = fn(u32) -> Draw;
        type Number = fn(Draw) -> f64;
        let axes: [(&str, Along); 5] = [
            ("seed", |i| Luck { seed: i.into(), trial: 3 }.draw(Purpose(1), 5, 0)),
            ("trial", |i| Luck { seed: 7, trial: i }.draw(Purpose(1), 5, 0)),
            ("purpose", |i| Luck { seed: 7, trial: 3 }.draw(Purpose(u16::try_from(i).expect("small")), 5, 0)),
            ("entity", |i| Luck { seed: 7, trial: 3 }.draw(Purpose(1), i, 0)),
            ("n", |i| Luck { seed: 7, trial: 3 }.draw(Purpose(1), 5, i)),
        ];
        let words: [(&str, Number); 2] = [("first", Draw::first), ("second", Draw::second)];
        for (axis, along) in axes {
            for (word, number) in words {
                let values: Vec<f64> = (0..=u32::from(u16::MAX)).map(|i| number(along(i))).collect();
                let n = values.len() as f64;
                let pairs = values.windows(2).map(|pair| (pair[0] - 0.5) * (pair[1] - 0.5));
                let correlation = 12.0 * pairs.sum::<f64>() / n;
                assert!(correlation.abs() < 6.0 / n.sqrt(), "{axis}, {word}: {correlation}");
                let mut sorted = values;
                sorted.sort_by(f64::total_cmp);
                let apart = (0_u32..).zip(&sorted).map(|(rank, value)| (f64::from(rank) / n - value).abs());
                let apart = apart.fold(0.0, f64::max);
                assert!(apart < (2e9_f64.ln() / (2.0 * n)).sqrt(), "{axis}, {word}: {apart}");
            }
        }
    }

    #[test]
    fn choices_are_equally_likely() {
        let mut counts = [0_i32; 7];
        for trial in 0..70_000 {
            counts[Luck { seed: 1, trial }.draw(Purpose(2), 0, 0).below(7) as usize] += 1;
        }
        // Six standard deviations of Binomial(70,000, 1/7).
        assert!(counts.iter().all(|count| (count - 10_000).abs() < 556), "{counts:?}");
        let often = (0..70_000).filter(|&trial| Luck { seed: 1, trial }.draw(Purpose(3), 0, 0).happens(0.02)).count();
        assert!(often.abs_diff(1_400) < 223, "{often}");
    }

    proptest! {
        #[test]
        fn whatever_is_asked_in_whatever_order(seed: u64, trial: u32, purpose: u16, entity: u32, n: u32) {
            let luck = Luck { seed, trial };
            let alone = luck.draw(Purpose(purpose), entity, n);
            let _others = (luck.draw(Purpose(purpose), entity, n ^ 1), luck.draw(Purpose(!purpose), n, entity));
            prop_assert_eq!(alone, Luck { seed, trial }.draw(Purpose(purpose), entity, n));
            prop_assert!(alone.below(1 + entity % 9) <= entity % 9);
        }

        /// Philox is a bijection of the counter: no two draws of a seed are alike in both words.
        #[test]
        fn other_arguments_other_draws(seed: u64, trial: u32, purpose: u16, entity: u32, n: u32, bit in 0_u32..112) {
            let one = Luck { seed, trial }.draw(Purpose(purpose), entity, n);
            let flipped = match bit {
                0..32 => Luck { seed, trial: trial ^ 1 << bit }.draw(Purpose(purpose), entity, n),
                32..64 => Luck { seed, trial }.draw(Purpose(purpose), entity ^ 1 << (bit - 32), n),
                64..96 => Luck { seed, trial }.draw(Purpose(purpose), entity, n ^ 1 << (bit - 64)),
                _ => Luck { seed, trial }.draw(Purpose(purpose ^ 1 << (bit - 96)), entity, n),
            };
            prop_assert_ne!(one, flipped);
        }
    }
}
