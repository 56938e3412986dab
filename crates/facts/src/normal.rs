//! The normal distribution, with functions that give the same bits on every platform: plain arithmetic, square roots (exact by IEEE 754) and `libm`.
//! Not here: who is normally distributed; only the logarithm of a lognormal delay is.

use std::f64::consts::SQRT_2;

/// The 99th percentile of the standard normal distribution.
pub(crate) const Z99: f64 = 2.326_347_874_040_841;

/// The 97.5th percentile of the standard normal distribution: 95 % lie within it on both sides.
pub(crate) const Z97_5: f64 = 1.959_963_984_540_054;

/// The share of the standard normal distribution below `z`.
pub(crate) fn share_below(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// The point of the standard normal distribution below which this share lies, strictly between 0 and 1: algorithm AS 241 (Wichura, The
/// Percentage Points of the Normal Distribution, Applied Statistics 37, 1988), right to about one part in 10^16.
pub(crate) fn point_of(share: f64) -> f64 {
    let centred = share - 0.5;
    if centred.abs() <= 0.425 {
        return centred * ratio(&CENTRE, 0.180_625 - centred * centred);
    }
    let tail = if centred < 0.0 { share } else { 1.0 - share };
    let depth = libm::sqrt(-libm::log(tail));
    let distance = if depth <= 5.0 { ratio(&SHOULDER, depth - 1.6) } else { ratio(&TAIL, depth - 5.0) };
    if centred < 0.0 { -distance } else { distance }
}

/// Two polynomials of degree seven, numerator and denominator, highest power first.
type Ratio = [[f64; 8]; 2];

fn ratio([above, below]: &Ratio, x: f64) -> f64 {
    let value = |coefficients: &[f64; 8]| coefficients.iter().fold(0.0, |sum, coefficient| sum * x + coefficient);
    value(above) / value(below)
}

const CENTRE: Ratio = [
    [
        2_509.080_928_730_122_7,
        33_430.575_583_588_13,
        67_265.770_927_008_7,
        45_921.953_931_549_87,
        13_731.693_765_509_46,
        1_971.590_950_306_551_3,
        133.141_667_891_784_38,
        3.387_132_872_796_366_5,
    ],
    [
        5_226.495_278_852_546,
        28_729.085_735_721_943,
        39_307.895_800_092_71,
        21_213.794_301_586_597,
        5_394.196_021_424_751,
        687.187_007_492_057_9,
        42.313_330_701_600_91,
        1.0,
    ],
];

const SHOULDER: Ratio = [
    [
        0.000_774_545_014_278_341_4,
        0.022_723_844_989_269_184,
        0.241_780_725_177_450_6,
        1.270_458_252_452_368_4,
        3.647_848_324_763_204_5,
        5.769_497_221_460_691,
        4.630_337_846_156_546,
        1.423_437_110_749_683_5,
    ],
    [
        1.050_750_071_644_416_9e-9,
        0.000_547_593_808_499_534_5,
        0.015_198_666_563_616_457,
        0.148_103_976_427_480_08,
        0.689_767_334_985_1,
        1.676_384_830_183_803_8,
        2.053_191_626_637_759,
        1.0,
    ],
];

const TAIL: Ratio = [
    [
        2.010_334_399_292_288_1e-7,
        2.711_555_568_743_487_6e-5,
        0.001_242_660_947_388_078_4,
        0.026_532_189_526_576_124,
        0.296_560_571_828_504_87,
        1.784_826_539_917_291_3,
        5.463_784_911_164_114,
        6.657_904_643_501_103,
    ],
    [
        2.044_263_103_389_939_7e-15,
        1.421_511_758_316_446e-7,
        1.846_318_317_510_054_8e-5,
        0.000_786_869_131_145_613_3,
        0.014_875_361_290_850_615,
        0.136_929_880_922_735_8,
        0.599_832_206_555_888,
        1.0,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Percentage points as tables print them, to 15 digits.
    #[test]
    fn printed_tables() {
        let cases = [
            (0.5, 0.0),
            (0.75, 0.674_489_750_196_082),
            (0.9, 1.281_551_565_544_60),
            (0.975, Z97_5),
            (0.99, Z99),
            (0.999, 3.090_232_306_167_81),
            (0.000_1, -3.719_016_485_455_68),
            (1e-9, -5.997_807_015_007_69),
            (1e-15, -7.941_345_326_170_997),
        ];
        for (share, expected) in cases {
            assert!((point_of(share) - expected).abs() < 2e-14, "{share}: {} and {expected}", point_of(share));
        }
    }

    /// Against the integral of the bell curve by Simpson's rule, which shares nothing with either function.
    #[test]
    fn the_area_under_the_curve() {
        for share in [1e-6, 0.001, 0.02, 0.074, 0.076, 0.3, 0.5, 0.7, 0.924, 0.926, 0.99, 0.999_999] {
            let end = point_of(share);
            let (start, steps) = (-12.0, 20_000_u32);
            let width = (end - start) / f64::from(steps);
            let area: f64 = (0..=steps)
                .map(|step| {
                    let z = start + f64::from(step) * width;
                    let weight = if step == 0 || step == steps { 1.0 } else { 2.0 + 2.0 * f64::from(step % 2) };
                    weight * (-z * z / 2.0).exp()
                })
                .sum::<f64>()
                * width
                / 3.0
                / (2.0 * std::f64::consts::PI).sqrt();
            assert!((area / share - 1.0).abs() < 1e-11, "{share}: {area}");
            assert!((share_below(end) / share - 1.0).abs() < 1e-12, "{share}: {}", share_below(end));
        }
    }

    #[test]
    fn further_along_where_the_share_is_larger() {
        let shares: Vec<f64> = (1..100_000_u32).map(|step| f64::from(step) / 100_000.0).collect();
        assert!(shares.windows(2).all(|pair| point_of(pair[0]) < point_of(pair[1])));
        assert!(point_of(0.5 / (1_u64 << 52) as f64) > -8.3, "the smallest number that is ever drawn");
    }
}
