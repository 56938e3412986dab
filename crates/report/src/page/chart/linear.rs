//! An axis from nothing up, with round numbers on it. Not here: what is drawn along it.

/// Parts into which an axis is divided, at most.
const PARTS: f64 = 5.0;

/// An axis that begins at 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Linear {
    /// Between two ticks: one, two or five times a power of ten.
    step: f64,
    /// How many steps it has.
    steps: u32,
}

impl Linear {
    /// One that holds all of these; what is no number is not looked at.
    pub fn of(values: impl Iterator<Item = f64>) -> Self {
        let most = values.filter(|value| value.is_finite()).fold(0.0_f64, f64::max).clamp(1e-6, 1e15);
        let rough = most / PARTS;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * power).find(|step| *step >= rough * 0.999_999);
        let step = step.unwrap_or(10.0 * power);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a few parts")]
        let steps = (most / step - 1e-6).ceil().clamp(1.0, 2.0 * PARTS) as u32;
        Self { step, steps }
    }

    /// One for whole things: no tick stands between two of them.
    pub fn of_whole(values: impl Iterator<Item = f64>) -> Self {
        let axis = Self::of(values);
        if axis.step >= 1.0 { axis } else { Self { step: 1.0, steps: 1 } }
    }

    pub fn end(&self) -> f64 {
        self.step * f64::from(self.steps)
    }

    pub fn ticks(&self) -> impl Iterator<Item = f64> + use<> {
        let step = self.step;
        (0..=self.steps).map(move |tick| step * f64::from(tick))
    }

    /// Where a value is, of the whole axis: in 0.0..=1.0.
    pub fn share(&self, value: f64) -> f64 {
        if value.is_nan() { 0.0 } else { (value / self.end()).clamp(0.0, 1.0) }
    }

    /// A tick in words.
    pub fn words(&self, value: f64) -> String {
        let places = if self.step >= 1.0 { 0.0 } else { (-self.step.log10()).ceil().clamp(0.0, 6.0) };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few decimal places")]
        let places = places as usize;
        format!("{value:.places$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(most: f64) -> Vec<String> {
        let axis = Linear::of([0.0, most, f64::INFINITY, f64::NAN].into_iter());
        axis.ticks().map(|tick| axis.words(tick)).collect()
    }

    #[test]
    fn ticks_are_round_and_hold_all() {
        assert_eq!(ticks(118.0), ["0", "50", "100", "150"]);
        assert_eq!(ticks(30.0), ["0", "10", "20", "30"]);
        assert_eq!(ticks(0.3), ["0.0", "0.1", "0.2", "0.3"]);
        assert_eq!(ticks(5.0), ["0", "1", "2", "3", "4", "5"]);
        for most in [1e-9, 0.07, 1.0, 3.0, 7.0, 99.0, 12_345.0, 1e18] {
            let axis = Linear::of(std::iter::once(most));
            let count = axis.ticks().count();
            assert!((2..=7).contains(&count), "{most}: {count} ticks");
            assert!(axis.end() >= most.min(1e15) * 0.999, "{most}: {}", axis.end());
        }
    }

    #[test]
    fn whole_things_have_whole_ticks() {
        let axis = Linear::of_whole([0.2].into_iter());
        assert_eq!(axis.ticks().collect::<Vec<_>>(), [0.0, 1.0]);
        assert!(Linear::of(std::iter::empty()).end() > 0.0);
        assert!((axis.share(f64::NAN), axis.share(-3.0), axis.share(9.0)) == (0.0, 0.0, 1.0));
    }
}
