//! What goes wrong, and when: the same for the same seed.

use std::fmt;
use std::time::Duration;

use crate::relay::Passage;

/// Random numbers that hang on a seed alone: SplitMix64.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice for one purpose; those for another fall otherwise.
    pub fn new(seed: u64, purpose: u64) -> Self {
        let mut dice = Self(seed ^ purpose.wrapping_mul(0x2545_f491_4f6c_dd1d));
        dice.0 = dice.roll();
        dice
    }

    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.roll() % (high - low + 1)
    }

    /// True in so many of a hundred cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.roll() % 100 < percent
    }

    /// One of these.
    pub fn choose<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.between(0, from.len() as u64 - 1) as usize]
    }

    fn milliseconds(&mut self, low: u64, high: u64) -> Duration {
        Duration::from_millis(self.between(low, high))
    }
}

/// What becomes of the transactions in blocks that the chain drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// The new blocks hold them, in other places.
    Moved,
    /// They wait to be mined again.
    Waiting,
    /// No node has them any more.
    Lost,
}

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The functions are killed, and started again after a while.
    Kill(Duration),
    /// The newest blocks are dropped, and as many others take their place.
    Reorg(u64, Dropped),
    /// The node forgets what waits to be mined.
    ForgetPool,
    /// The way to the node is bad for a while.
    Node(Passage, Duration),
    /// The way to the pinning service is.
    Pinner(Passage, Duration),
}

impl fmt::Display for Fault {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(rest) => write!(to, "the functions are killed, and away for {} ms", rest.as_millis()),
            Self::Reorg(depth, dropped) => {
                let fate = match dropped {
                    Dropped::Moved => "moved to other blocks",
                    Dropped::Waiting => "waiting to be mined again",
                    Dropped::Lost => "lost",
                };
                write!(to, "the chain drops {depth} blocks, their transactions are {fate}")
            }
            Self::ForgetPool => write!(to, "the node forgets what waits to be mined"),
            Self::Node(passage, time) => write!(to, "node: {passage:?} for {} ms", time.as_millis()),
            Self::Pinner(passage, time) => write!(to, "pinning service: {passage:?} for {} ms", time.as_millis()),
        }
    }
}

/// Faults of one kind, one after the other. Those of different kinds happen at the same time.
#[derive(Clone, Debug)]
pub struct Schedule {
    kind: Kind,
    dice: Dice,
    /// The deepest reorganisation, in blocks; 0 if the chain keeps every block.
    deepest: u64,
}

/// Where faults happen that exclude each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The machines that run the functions.
    Machines,
    /// The chain.
    Chain,
    /// The network to the chain's node.
    Node,
    /// The other way there, if the functions know two.
    OtherNode,
    /// The network to the pinning service.
    Pinner,
}

/// All kinds.
pub const KINDS: [Kind; 5] = [Kind::Machines, Kind::Chain, Kind::Node, Kind::OtherNode, Kind::Pinner];

impl Schedule {
    /// The schedule of a seed.
    pub fn new(seed: u64, kind: Kind, deepest: u64) -> Self {
        Self { kind, dice: Dice::new(seed, kind as u64 + 1), deepest }
    }

    fn passage(&mut self) -> (Passage, Duration) {
        let slow = Passage::Slow(self.dice.milliseconds(100, 900));
        let passage = self.dice.choose(&[Passage::Cut, slow, Passage::AnswersLost, Passage::AnswersHeld]);
        (passage, self.dice.milliseconds(500, 4_000))
    }
}

/// Pauses, and the fault after each; without an end.
impl Iterator for Schedule {
    type Item = (Duration, Fault);

    fn next(&mut self) -> Option<(Duration, Fault)> {
        let pause = match self.kind {
            Kind::Machines => self.dice.milliseconds(1_000, 8_000),
            Kind::Chain => self.dice.milliseconds(4_000, 12_000),
            Kind::Node | Kind::OtherNode | Kind::Pinner => self.dice.milliseconds(2_000, 9_000),
        };
        let fault = match self.kind {
            Kind::Machines => Fault::Kill(self.dice.milliseconds(0, 2_000)),
            Kind::Chain if self.deepest == 0 || self.dice.chance(20) => Fault::ForgetPool,
            Kind::Chain => {
                // Most are shallow, as on real chains.
                let (low, high) = if self.dice.chance(70) { (1, 3) } else { (4, self.deepest) };
                let depth = self.dice.between(low.min(self.deepest), high.min(self.deepest));
                Fault::Reorg(depth, self.dice.choose(&[Dropped::Moved, Dropped::Waiting, Dropped::Lost]))
            }
            Kind::Node | Kind::OtherNode => {
                let (passage, time) = self.passage();
                Fault::Node(passage, time)
            }
            Kind::Pinner => {
                let (passage, time) = self.passage();
                Fault::Pinner(passage, time)
            }
        };
        Some((pause, fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_says_all_that_goes_wrong_and_another_says_something_else() {
        for kind in KINDS {
            let faults = |seed| Schedule::new(seed, kind, 20).take(50).collect::<Vec<_>>();
            assert_eq!(faults(1), faults(1));
            assert_ne!(faults(1), faults(2));
        }
    }

    #[test]
    fn a_chain_that_keeps_every_block_only_forgets_what_is_in_none() {
        assert!(Schedule::new(7, Kind::Chain, 0).take(100).all(|(_, fault)| fault == Fault::ForgetPool));
    }

    #[test]
    fn no_reorganisation_is_deeper_than_allowed_and_each_fate_comes() {
        let mut fates = Vec::new();
        for (_, fault) in Schedule::new(7, Kind::Chain, 20).take(500) {
            if let Fault::Reorg(depth, dropped) = fault {
                assert!((1..=20).contains(&depth));
                if !fates.contains(&dropped) {
                    fates.push(dropped);
                }
            }
        }
        assert_eq!(fates.len(), 3);
    }
}
