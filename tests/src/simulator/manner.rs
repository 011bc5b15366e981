//! How long providers wait for an answer, which answers they take, and when they try again.

use super::{Call, Delivery, Provider};

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// After how many seconds it came.
    pub after_s: u64,
}

/// A provider's manner.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// How long it waits for an answer, in seconds.
    pub patience_s: u64,
    /// Whether any 2xx is well, or only 200.
    pub any_2xx: bool,
    /// The pauses before further attempts, in seconds; then it gives up.
    pub pauses_s: &'static [u64],
}

impl Provider {
    /// As documented; where nothing is, something as strict as the others.
    pub fn manner(self) -> Manner {
        match self {
            Self::AlchemyGraphql | Self::AlchemyActivity => {
                Manner { patience_s: 5, any_2xx: true, pauses_s: &[15, 60, 600, 3600] }
            }
            Self::GoldskySubgraph | Self::GoldskySink => {
                Manner { patience_s: 10, any_2xx: false, pauses_s: &[1, 2, 4, 8, 16, 32, 64, 128, 256, 512] }
            }
            Self::Moralis => Manner { patience_s: 10, any_2xx: true, pauses_s: &[60, 600, 3600, 7200, 43_200] },
            Self::QuickNode | Self::QuickNodeGzip => Manner { patience_s: 30, any_2xx: true, pauses_s: &[1, 1, 1] },
            Self::Standard => Manner { patience_s: 15, any_2xx: true, pauses_s: &[5, 300, 1800, 7200, 18_000] },
            Self::Tenderly => Manner { patience_s: 5, any_2xx: false, pauses_s: &[5, 30, 60, 300, 600] },
        }
    }
}

impl Manner {
    /// Whether the provider is content with an answer.
    pub fn is_content(&self, answer: Answer) -> bool {
        let well = if self.any_2xx { (200..300).contains(&answer.status) } else { answer.status == 200 };
        well && answer.after_s <= self.patience_s
    }
}

impl Delivery {
    /// Tries as long as the provider does. `attempt` is given the seconds to let go by before it and what makes the
    /// call; gives how many attempts there were, or `None` if the provider gave up.
    pub fn deliver(&self, mut attempt: impl FnMut(u64, &dyn Fn(u64) -> Call) -> Answer) -> Option<usize> {
        let manner = self.provider.manner();
        let pauses = std::iter::once(0).chain(manner.pauses_s.iter().copied());
        let mut contents = pauses.map(|pause_s| manner.is_content(attempt(pause_s, &|now_s| self.call(now_s))));
        contents.position(|content| content).map(|failed| failed + 1)
    }
}
