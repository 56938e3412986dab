//! All levels found anew, without an order to go by: the resource that is full first comes first, and so on.
//! Not here: when that is worth it, which [`levels`](super::levels) says.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::levels::Levels;

impl Levels {
    /// Progressive filling. A resource's level with all rising that have not been stopped only grows as others are, so of a heap of levels that were right once
    /// the first is next if it is still right.
    pub(super) fn refill(&mut self, now: f64) {
        let missing = self.forget(now);
        let mut heap: BinaryHeap<Reverse<(u64, u32)>> =
            self.order.iter().map(|resource| Reverse((key(self.level_of_rising(*resource)), *resource))).collect();
        let mut order = Vec::with_capacity(self.order.len());
        while let Some(Reverse((was, resource))) = heap.pop() {
            let level = self.level_of_rising(resource);
            let (at, next) = (Reverse((key(level), resource)), heap.peek().copied());
            if key(level) > was && next.is_some_and(|next| at < next) {
                heap.push(at);
                continue;
            }
            order.push(resource);
            if level.is_finite() {
                self.stop_rising(resource, level, &missing, now);
            }
        }
        self.reorder(order);
    }
}

/// Levels are not negative, so their bits are in their order.
fn key(level: f64) -> u64 {
    level.to_bits()
}
