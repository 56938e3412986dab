//! Which of many times comes first, while they change one by one: a tournament.
//! Not here: what the times mean.

/// Places with a time each, infinite at first.
#[derive(Debug, Clone)]
pub(super) struct First {
    /// The winner's time of each match; the final is at 1, the places are the second half.
    times: Vec<f64>,
    /// Places whose matches are to be played again.
    changed: Vec<usize>,
}

impl First {
    pub(super) fn new(places: usize) -> Self {
        Self { times: vec![f64::INFINITY; 2 * places.max(1).next_power_of_two()], changed: Vec::new() }
    }

    /// The first time, as of the last time that matches were played.
    pub(super) fn time(&self) -> f64 {
        self.times[1]
    }

    /// The place whose time is first; the lowest of several.
    pub(super) fn place(&self) -> usize {
        let leaves = self.leaves();
        let mut at = 1;
        while at < leaves {
            at = 2 * at + usize::from(self.times[2 * at].total_cmp(&self.times[at]).is_ne());
        }
        at - leaves
    }

    /// Changes a time, for [`play`](Self::play) to take note of.
    pub(super) fn set(&mut self, place: usize, time: f64) {
        let at = place + self.leaves();
        if self.times[at].total_cmp(&time).is_ne() {
            self.times[at] = time;
            self.changed.push(at);
        }
    }

    /// Plays the matches of those whose times were changed: each one's own, or all where that is less.
    pub(super) fn play(&mut self) {
        let leaves = self.leaves();
        if self.changed.len() * leaves.ilog2() as usize > leaves {
            self.changed.clear();
            for at in (1..leaves).rev() {
                self.times[at] = self.times[2 * at].min(self.times[2 * at + 1]);
            }
        }
        while let Some(mut at) = self.changed.pop() {
            while at > 1 {
                at /= 2;
                self.times[at] = self.times[2 * at].min(self.times[2 * at + 1]);
            }
        }
    }

    fn leaves(&self) -> usize {
        self.times.len() / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_least_of_the_list() {
        for places in [1, 2, 3, 8, 13] {
            let (mut first, mut list) = (First::new(places), vec![f64::INFINITY; places]);
            let mut random = fastrand::Rng::with_seed(1);
            for _ in 0..500 {
                let place = random.usize(0..places);
                let time = if random.u8(0..4) == 0 { f64::INFINITY } else { f64::from(random.u8(0..20)) };
                list[place] = time;
                first.set(place, time);
                if random.u8(0..3) > 0 {
                    continue;
                }
                first.play();
                let least = (0..places).min_by(|a, b| list[*a].total_cmp(&list[*b])).expect("there is one");
                assert_eq!((first.time().to_bits(), first.place()), (list[least].to_bits(), least));
            }
        }
    }
}
