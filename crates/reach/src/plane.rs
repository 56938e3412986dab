//! A network made ready for following packets: what hangs on each network, in the order in which it is asked. Not here: any decision.

use twinrail_model::{Network, Platform};

/// A network and its indexes. Built once, read by every walk; it reads no facts.
#[derive(Debug)]
pub struct Plane<'n> {
    pub network: &'n Network,
    pub platform: &'n Platform,
}

impl<'n> Plane<'n> {
    pub fn new(network: &'n Network, platform: &'n Platform) -> Self {
        Self { network, platform }
    }
}
