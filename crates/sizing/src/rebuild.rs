//! How long the survivors take to make again what a lost node had. Not here: how much of its bandwidth a survivor has left for it.

use twinrail_model::Code;
use twinrail_model::unit::{Gb, Gbps, TimeSpan};

use crate::traffic::hops_of_rebuild;

/// How fast lost data is made again: what `survivors` may send for it in all, over what is sent for a lost byte. `share` is the part of `cap`, an
/// instance's bandwidth, that a rebuild may take. Nothing is sent where nobody survives, or a lone survivor has nobody to send to.
pub fn rebuild_rate(code: Code, survivors: u32, share: f64, cap: Gbps) -> Gbps {
    let each = hops_of_rebuild(code, survivors);
    if each > 0.0 { cap * (f64::from(survivors) * share / each) } else { Gbps::ZERO }
}

/// How long it takes to make `lost` again: lost (D+1) (n-1)/n / (n share cap). `None`: it never ends, for want of survivors or bandwidth.
pub fn rebuild_time(lost: Gb, code: Code, survivors: u32, share: f64, cap: Gbps) -> Option<TimeSpan> {
    let rate = rebuild_rate(code, survivors, share, cap);
    (!rate.is_zero()).then(|| lost / rate)
}

#[cfg(test)]
mod tests {
    use twinrail_model::unit::Gib;

    use super::*;

    fn hours(code: &str, survivors: u32) -> f64 {
        let lost = Gb::from(Gib::new(168_000.0) * 0.7);
        let code = code.parse().expect("a code");
        rebuild_time(lost, code, survivors, 0.25, Gbps::new(200.0)).expect("it ends").hours()
    }

    /// 168,000 GiB at 70 %: 126,270 GB. With 20 survivors 126,270 x 9 x 19/20 / (20 x 0.25 x 25 GB/s) = 8,637 s; with 10, 126,270 x 9 x 9/10 / 62.5 =
    /// 16,365 s.
    #[test]
    fn a_lost_node_of_168_000_gib() {
        assert_eq!(format!("{:.1}", hours("8+2", 20)), "2.4");
        assert_eq!(format!("{:.2}", hours("8+2", 10)), "4.55");
        // Copies are sent once: 126,270 / 125 = 1,010 s.
        assert_eq!(format!("{:.0}", hours("3x", 20) * 3_600.0), "1010");
    }

    #[test]
    fn what_never_ends() {
        let code: Code = "8+2".parse().expect("a code");
        let lost = Gb::new(1.0);
        for (survivors, share, cap) in [(0, 0.5, 200.0), (1, 0.5, 200.0), (10, 0.0, 200.0), (10, 0.5, 0.0)] {
            assert_eq!(rebuild_time(lost, code, survivors, share, Gbps::new(cap)), None);
        }
        assert_eq!(rebuild_time(Gb::ZERO, code, 10, 0.5, Gbps::new(1.0)), Some(TimeSpan::ZERO));
    }
}
