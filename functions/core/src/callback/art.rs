//! What a collection needs done so that its tokens get their pictures: seeds drawn, and asked for anew where needed.

use alloy_primitives::{Address, B256, U64, U256};
use alloy_sol_types::{SolCall, SolError};

use super::{Answer, Desk, FUNCTION, Outcome, settled};
use crate::abi::ISeedArt::{self, Stage, Token};
use crate::chain::{self, Head};
use crate::error::{Error, Result};
use crate::handoff::{self, Until};
use crate::job::{Job, draw_id};
use crate::outbox::{Earlier, Market, Outbox, Transaction};
use crate::platform::Platform;
use crate::rpc::{Call, Rpc};

/// How long a worker first waits before it looks again whether a seed's block is there.
const FIRST_PAUSE_MS: u64 = 200;
/// The longest that it waits; each pause is half as long again as the one before.
const LONGEST_PAUSE_MS: u64 = 2_000;

/// Has a seed drawn as soon as its block is there, as long as the worker's lease lasts; sweep does the rest.
///
/// # Errors
/// What the chain or callback had.
pub async fn draw_when_due<P: Platform>(platform: &P, job: &Job, until: Until) -> Result<()> {
    let Job::Draw { draw_block, .. } = job else { return Ok(()) };
    let rpc = Rpc::configured(platform).await?;
    let answer = Answer::Draw { job: job.clone() };
    let mut pause = FIRST_PAUSE_MS;
    loop {
        let number: U64 = rpc.ask(Call::new("eth_blockNumber", ())?).await?;
        if number.to::<u64>() >= *draw_block {
            let response = handoff::post(platform, FUNCTION, "/answers", &answer, until).await?;
            let outcome: Outcome =
                serde_json::from_slice(&response.body).map_err(|e| Error::json("callback's answer", &e))?;
            if !matches!(outcome, Outcome::Early | Outcome::Unknown) {
                return Ok(());
            }
        }
        if until.left(platform.now_ms()) < 2 * pause {
            return Ok(());
        }
        platform.sleep(pause).await;
        pause = (pause + pause / 2).min(LONGEST_PAUSE_MS);
    }
}

impl<P: Platform> Desk<'_, P> {
    pub(super) async fn draw(&self, job: &Job, until: Until) -> Result<Outcome> {
        let Job::Draw { chain_id, contract, token_id, draw_block } = job else {
            return Err(Error::BadInput("an infer job has no seed to draw".into()));
        };
        self.check_served(*chain_id, *contract)?;
        let Some((market, head, token)) = self.token(*contract, *token_id).await? else {
            return Ok(Outcome::Unknown);
        };
        if token.stage != Stage::Minted || token.drawBlock != *draw_block {
            return settled(self.platform, job).await;
        }
        if head.number.to::<u64>() < *draw_block {
            return Ok(Outcome::Early);
        }
        let call = ISeedArt::drawCall { tokenId: *token_id };
        let id = draw_id(*contract, *token_id, *draw_block);
        until.check(self.platform.now_ms(), &id)?;
        match self.send(id, *contract, &call, market).await {
            Err(error) if error.revert_selector() == Some(ISeedArt::BlockHashGone::SELECTOR) => {
                self.redraw(*contract, *token_id, *draw_block, market).await
            }
            other => other,
        }
    }

    /// Nobody drew for so long that the block's hash is out of reach: a new block is set, and its event is a new job.
    async fn redraw(&self, contract: Address, token_id: U256, draw_block: u64, market: Market) -> Result<Outcome> {
        let id = format!("re{}", draw_id(contract, token_id, draw_block));
        self.send(id, contract, &ISeedArt::redrawCall { tokenId: token_id }, market).await
    }

    pub(super) async fn renew(&self, contract: Address, token_id: U256, request_id: B256) -> Result<Outcome> {
        self.check_served(self.chain_id, contract)?;
        let Some((market, _, token)) = self.token(contract, token_id).await? else { return Ok(Outcome::Unknown) };
        if token.stage != Stage::Drawn || token.requestId != request_id {
            return Ok(Outcome::Settled);
        }
        let id = format!("renew:{request_id}");
        self.send(id, contract, &ISeedArt::renewCall { tokenId: token_id }, market).await
    }

    /// Where sender, chain and token stand, read in one round trip; `None` if there is no such token.
    async fn token(&self, contract: Address, token_id: U256) -> Result<Option<(Market, Head, Token)>> {
        let mut questions = self.outbox.questions()?;
        questions.push(chain::latest_block()?);
        questions.push(chain::token_of(contract, token_id)?);
        let mut answers = self.rpc.batch(questions).await?.into_iter();
        let market = Outbox::<P>::read_market(&mut answers)?;
        let mut next = || answers.next().ok_or_else(|| Error::Internal("an answer is missing".into()));
        let head: Head = next()?.read()?;
        match chain::returned::<ISeedArt::tokenOfCall>(next()?) {
            Ok(token) => Ok(Some((market, head, token))),
            Err(error) if error.is_revert() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn send(&self, id: String, to: Address, call: &impl SolCall, market: Market) -> Result<Outcome> {
        if let Earlier::InFlight(sent) = self.outbox.earlier(&id, &market).await? {
            return Ok(sent.into());
        }
        let transaction = Transaction { id, to, data: call.abi_encode().into() };
        match self.outbox.send(&transaction, market).await {
            Ok(sent) => Ok(sent.into()),
            Err(error) => outcome_of_revert(error),
        }
    }
}

/// Reverts that mean that others were faster, or that it is too soon, are no errors.
fn outcome_of_revert(error: Error) -> Result<Outcome> {
    match error.revert_selector() {
        Some(ISeedArt::TooEarly::SELECTOR) => Ok(Outcome::Early),
        Some(
            ISeedArt::AlreadyDrawn::SELECTOR
            | ISeedArt::WrongStage::SELECTOR
            | ISeedArt::StillDrawable::SELECTOR
            | ISeedArt::RequestStillOpen::SELECTOR,
        ) => Ok(Outcome::Settled),
        _ => Err(error),
    }
}
