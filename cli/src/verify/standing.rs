//! What a token's answer rests on: the level that was asked for, the one that it has, how long it can still be
//! challenged, and how far it can be raised.

use alloy_primitives::{Address, U256};
use serde::{Serialize, Serializer};
use verdigris_core::abi::{IInferenceHub, ISeedArt};

use super::{Check, Verdict};
use crate::amount;
use crate::chain::Chain;
use crate::error::CliError;
use crate::level::Level;
use crate::place::Found;

/// What an answer rests on.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// The level that the collection asks for.
    #[serde(serialize_with = "by_name")]
    pub asked: Level,
    /// The level that the answer has.
    #[serde(serialize_with = "by_name")]
    pub held: Level,
    /// Who must be honest for the answer to be right.
    pub meaning: &'static str,
    /// Whether a higher level has contradicted the answer.
    pub refuted: bool,
    /// The level that somebody is paying for now, if anybody is.
    #[serde(serialize_with = "maybe_by_name")]
    pub raising: Option<Level>,
    /// Seconds for which the evidence for that can still be challenged; none if nothing waits for challenges.
    pub challengeable_for: Option<u64>,
    /// The levels to which the answer can be raised.
    pub raisable: Vec<Raise>,
}

/// A level that an answer can be raised to.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Raise {
    /// The level.
    #[serde(serialize_with = "by_name")]
    pub level: Level,
    /// What that costs, in wei.
    pub fee_wei: String,
    /// What an operator puts at stake for it, in wei.
    pub bond_wei: String,
}

impl Standing {
    /// Reads a fulfilled token's standing; `input` is what the model was asked.
    pub async fn read(place: &Found, hub: Address, token: &ISeedArt::Token, input: &[u8]) -> Result<Self, CliError> {
        let chain = &place.chain;
        let asked = chain.read(place.art, &ISeedArt::assuranceCall {}).await?;
        let asked = Level::from_number(asked)
            .ok_or_else(|| CliError::malformed("the collection's level", format!("{asked} is none")))?;
        let request = chain.read(hub, &IInferenceHub::requestOfCall { requestId: token.requestId }).await?;
        let refuted = matches!(request.status, IInferenceHub::Status::Refuted);
        let held = if refuted {
            asked
        } else {
            chain.read(hub, &IInferenceHub::levelOfCall { requestId: token.requestId }).await?.into()
        };
        // While an answer is being raised, the request's level is the raise's.
        let wanted = Level::from(request.request.level);
        let mut raisable = Vec::new();
        for level in Level::ALL.into_iter().filter(|level| *level > held && !refuted) {
            raisable.extend(raise_to(chain, hub, &request.request, input, level).await?);
        }
        Ok(Self {
            asked,
            held,
            meaning: held.meaning(),
            refuted,
            raising: (wanted > held && !refuted).then_some(wanted),
            challengeable_for: challengeable_for(chain, hub, token).await?,
            raisable,
        })
    }

    /// Whether the answer's evidence is no key's.
    pub fn needs_no_key(&self) -> bool {
        matches!(self.asked, Level::Quorum | Level::Executed)
    }
}

impl std::fmt::Display for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.refuted {
            return write!(f, "refuted: a higher level contradicts the answer");
        }
        write!(f, "level {}: {}", self.held.name(), self.meaning)?;
        match (self.raising, self.challengeable_for) {
            (Some(level), Some(seconds)) => {
                write!(f, "\nbeing raised to {}; can be challenged for {seconds} s more", level.name())?;
            }
            (Some(level), None) => write!(f, "\nbeing raised to {}", level.name())?,
            (None, Some(seconds)) => write!(f, "\ncan be challenged for {seconds} s more")?,
            (None, None) if self.held == Level::Optimistic => {
                write!(f, "\nits time for challenges is over: it is final")?;
            }
            (None, None) => {}
        }
        for Raise { level, fee_wei, bond_wei } in &self.raisable {
            let ether = |wei: &str| amount::ether(wei.parse::<U256>().unwrap_or_default());
            write!(f, "\ncan be raised to {} for {}", level.name(), ether(fee_wei))?;
            if bond_wei != "0" {
                write!(f, ", with a bond of {}", ether(bond_wei))?;
            }
        }
        if self.raisable.is_empty() {
            write!(f, "\nno higher level can be reached with this model today")?;
        }
        Ok(())
    }
}

impl Verdict {
    /// The level that was promised is held.
    pub(super) fn check_standing(&mut self) {
        let Standing { asked, held, refuted, .. } = self.standing;
        self.checks.push(Check {
            claim: "the answer has the level that the collection asks for",
            holds: held >= asked && !refuted,
            detail: match refuted {
                true => "refuted by a higher level".into(),
                false => format!("asked {}, holds {}", asked.name(), held.name()),
            },
        });
    }
}

/// What raising to a level costs; `None` if the model can't reach it.
async fn raise_to(
    chain: &Chain,
    hub: Address,
    request: &IInferenceHub::Request,
    input: &[u8],
    level: Level,
) -> Result<Option<Raise>, CliError> {
    let quote = IInferenceHub::quoteCall {
        modelId: request.modelId,
        input: input.to_vec().into(),
        level: level.on_chain(),
        callbackGas: request.callbackGas,
    };
    match chain.read(hub, &quote).await {
        Ok(quote) => Ok(Some(Raise { level, fee_wei: quote.fee.to_string(), bond_wei: quote.bond.to_string() })),
        Err(error) if error.is::<IInferenceHub::UnreachableLevel>() => Ok(None),
        Err(error) => Err(error),
    }
}

async fn challengeable_for(chain: &Chain, hub: Address, token: &ISeedArt::Token) -> Result<Option<u64>, CliError> {
    let proposal = chain.read(hub, &IInferenceHub::proposalOfCall { requestId: token.requestId }).await?;
    if proposal.proposer.is_zero() {
        return Ok(None);
    }
    Ok((proposal.finalAfter + 1).checked_sub(chain.now().await?).filter(|left| *left > 0))
}

/// Why a token can't be checked yet, and what to do.
pub async fn why_not_yet(chain: &Chain, hub: Address, id: U256, token: &ISeedArt::Token) -> Result<String, CliError> {
    if matches!(token.stage, ISeedArt::Stage::Minted) {
        return Ok(format!("token {id} is minted, its seed not drawn yet; try again in a moment"));
    }
    Ok(match challengeable_for(chain, hub, token).await? {
        Some(seconds) => format!(
            "token {id} has an answer that can be challenged for {seconds} s more; `verdigris challenge {}` checks it now",
            token.requestId
        ),
        None => format!("token {id} is drawn, its picture not answered yet; try again in a moment"),
    })
}

fn by_name<S: Serializer>(level: &Level, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(level.name())
}

fn maybe_by_name<S: Serializer>(level: &Option<Level>, serializer: S) -> Result<S::Ok, S::Error> {
    level.map(Level::name).serialize(serializer)
}
