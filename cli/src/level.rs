//! Assurance levels: what an answer rests on, in words that a person and a command line understand.

use alloy_primitives::U256;
use verdigris_core::abi::IInferenceHub::Assurance;

/// The levels, from one key's word to the chain's own computation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Level {
    /// The model's key says so
    Attested,
    /// Enough of several operators say the same
    Quorum,
    /// Bonded, and anyone can prove it wrong in a window of time
    Optimistic,
    /// Proved in zero knowledge
    Proven,
    /// Computed by the contract itself
    Executed,
}

impl Level {
    /// All levels, the weakest first.
    pub const ALL: [Self; 5] = [Self::Attested, Self::Quorum, Self::Optimistic, Self::Proven, Self::Executed];

    /// The level with this number on chain.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// As the contracts write it.
    pub fn on_chain(self) -> Assurance {
        match self {
            Self::Attested => Assurance::Attested,
            Self::Quorum => Assurance::Quorum,
            Self::Optimistic => Assurance::Optimistic,
            Self::Proven => Assurance::Proven,
            Self::Executed => Assurance::Executed,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Attested => "Attested",
            Self::Quorum => "Quorum",
            Self::Optimistic => "Optimistic",
            Self::Proven => "Proven",
            Self::Executed => "Executed",
        }
    }

    /// Who must be honest for the answer to be right.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Attested => "the model's key signed it: right if that key is honest",
            Self::Quorum => "enough of the model's operators gave it: right if that many are honest",
            Self::Optimistic => {
                "a bond stood for it while anyone could prove it wrong: right if one watcher looked in that time"
            }
            Self::Proven => "a zero-knowledge proof was checked: right if the proof's setup was",
            Self::Executed => "the contract ran the model itself: right, whoever was dishonest",
        }
    }
}

impl From<Assurance> for Level {
    fn from(level: Assurance) -> Self {
        // Assurance also has a variant for numbers that no contract of ours can return.
        Self::from_number(level as u8).unwrap_or(Self::Attested)
    }
}

/// How the model is answered optimistically and what an answer costs.
#[derive(Debug, Clone, clap::Args)]
pub struct Terms {
    /// The level that the collection asks for
    #[arg(long, value_enum, default_value_t = Level::Optimistic)]
    pub level: Level,
    /// What an optimistic answer puts at stake
    #[arg(long, default_value = "0.1ether", value_parser = crate::amount::parse)]
    pub bond: U256,
    /// Seconds in which an optimistic answer can be challenged [default: 3600; 3 in the local stack]
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=2_592_000))]
    pub window: Option<u64>,
    /// What an answer at this level costs
    #[arg(long, default_value = "0", value_parser = crate::amount::parse)]
    pub fee: U256,
    /// What the operator stakes, out of which bonds are locked [default: 10 bonds; 10ether in the local stack]
    #[arg(long, value_parser = crate::amount::parse)]
    pub stake: Option<U256>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_keep_their_numbers_on_chain() {
        for (number, level) in Level::ALL.into_iter().enumerate() {
            assert_eq!(level.on_chain() as usize, number);
            assert_eq!(Level::from(level.on_chain()), level);
            assert_eq!(format!("{:?}", level.on_chain()), level.name());
        }
        assert_eq!(Level::from_number(5), None);
    }
}
