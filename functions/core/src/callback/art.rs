//! What a collection needs done so that its tokens get their pictures: seeds drawn, and asked for anew where needed.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolError};
use serde::{Deserialize, Serialize};

use super::{Desk, Outcome, settled};
use crate::abi::IInferenceHub::{Assurance, FeeTooLow, feeOfCall};
use crate::abi::ISeedArt::{self, Stage};
use crate::chain::{self, Head, Token};
use crate::config;
use crate::error::{Error, Result};
use crate::handoff::Until;
use crate::job::{Job, draw_id};
use crate::outbox::{Market, Outbox, Transaction};
use crate::platform::Platform;

/// What a collection asks the hub for; it decides the fee.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Terms {
    model_id: B256,
    level: u8,
}

/// Where sender, chain, token and the hub's fee stand.
struct Scene {
    market: Market,
    head: Head,
    token: Token,
    fee: U256,
}

fn terms_key(contract: Address) -> String {
    format!("art:{contract:#x}")
}

impl<P: Platform> Desk<'_, P> {
    pub(super) async fn draw(&self, job: &Job, until: Until) -> Result<Outcome> {
        let Job::Draw { chain_id, contract, token_id, draw_block } = job else {
            return Err(Error::BadInput(format!("job {} has no seed to draw", job.id())).into());
        };
        self.check_served(*chain_id, *contract)?;
        let Some(scene) = self.scene(*contract, *token_id).await? else { return Ok(Outcome::Unknown) };
        if scene.token.stage != Stage::Minted || scene.token.draw_block != *draw_block {
            return settled(self.platform, job).await;
        }
        // A block that the chain drops takes the seed that was drawn from it along.
        if scene.head.number.to::<u64>() < draw_block.saturating_add(config::confirmations(self.platform).await?) {
            return Ok(Outcome::Early);
        }
        let id = draw_id(*contract, *token_id, *draw_block);
        let data = ISeedArt::drawCall { tokenId: *token_id }.abi_encode().into();
        let draw =
            Transaction { value: self.payable(*contract, scene.fee).await?, ..Transaction::to(id, *contract, data) };
        match self.call_art(&draw, scene.market, until).await {
            Err(error) if error.revert_selector() == Some(ISeedArt::BlockHashGone::SELECTOR) => {
                // Nobody drew for so long that the block's hash is out of reach: a new block is set, and its event is
                // a new job.
                let data = ISeedArt::redrawCall { tokenId: *token_id }.abi_encode().into();
                let redraw = Transaction::to(format!("re{}", draw.id), *contract, data);
                self.call_art(&redraw, scene.market, until).await
            }
            other => other,
        }
    }

    pub(super) async fn renew(
        &self,
        contract: Address,
        token_id: U256,
        request_id: B256,
        until: Until,
    ) -> Result<Outcome> {
        self.check_served(self.chain_id, contract)?;
        let Some(scene) = self.scene(contract, token_id).await? else { return Ok(Outcome::Unknown) };
        if scene.token.stage != Stage::Drawn || scene.token.request_id != request_id {
            return Ok(Outcome::Settled);
        }
        let data = ISeedArt::renewCall { tokenId: token_id }.abi_encode().into();
        let renew = Transaction {
            value: self.payable(contract, scene.fee).await?,
            ..Transaction::to(format!("renew:{request_id}"), contract, data)
        };
        self.call_art(&renew, scene.market, until).await
    }

    /// All of it read in one round trip; `None` if there is no such token.
    async fn scene(&self, contract: Address, token_id: U256) -> Result<Option<Scene>> {
        let Terms { model_id, level } = self.terms(contract).await?;
        let level = Assurance::try_from(level).map_err(|_| Error::RpcNonsense {
            method: ISeedArt::assuranceCall::SIGNATURE.into(),
            reason: format!("{level} is no assurance level"),
        })?;
        let mut questions = self.outbox.questions()?;
        questions.push(chain::latest_block()?);
        questions.push(chain::token_of(contract, token_id)?);
        questions.push(chain::call(self.hub, &feeOfCall { modelId: model_id, level })?);
        let mut answers = self.rpc.batch(questions).await?.into_iter();
        let market = Outbox::<P>::read_market(&mut answers)?;
        let mut next = || answers.next().ok_or_else(|| Error::Internal("an answer is missing".into()));
        let head: Head = next()?.read()?;
        let Some(token) = chain::read_token(next()?)? else { return Ok(None) };
        let fee = chain::returned::<feeOfCall>(next()?)?;
        Ok(Some(Scene { market, head, token, fee }))
    }

    /// What the collection asks for. It is kept, so that a draw takes one round trip; should it change, the hub refuses
    /// the fee, and it is read anew.
    async fn terms(&self, contract: Address) -> Result<Terms> {
        let key = terms_key(contract);
        if let Some(bytes) = self.platform.get(&key).await?
            && let Ok(terms) = crate::json::from_slice(&bytes)
        {
            return Ok(terms);
        }
        let model = chain::call(contract, &ISeedArt::modelIdCall {})?;
        let level = chain::call(contract, &ISeedArt::assuranceCall {})?;
        let mut answers = self.rpc.batch(vec![model, level]).await?;
        let level = chain::returned::<ISeedArt::assuranceCall>(answers.remove(1))?;
        let model_id = chain::returned::<ISeedArt::modelIdCall>(answers.remove(0))?;
        let terms = Terms { model_id, level };
        let bytes = serde_json::to_vec(&terms).map_err(|e| Error::Internal(e.to_string()))?;
        self.platform.set(&key, &bytes).await?;
        Ok(terms)
    }

    /// The fee, if it is one that this operator pays. The collection's model decides it, so there must be a bound.
    async fn payable(&self, contract: Address, fee: U256) -> Result<U256> {
        let most = config::max_fee(self.platform).await?;
        if fee > most {
            Err(Error::FeeTooHigh { contract, fee: Box::new(fee), most: Box::new(most) }.into())
        } else {
            Ok(fee)
        }
    }

    async fn call_art(&self, transaction: &Transaction, market: Market, until: Until) -> Result<Outcome> {
        let error = match self.send(transaction, market, until).await {
            Err(error) => error,
            sent => return sent,
        };
        match error.revert_selector() {
            Some(ISeedArt::TooEarly::SELECTOR) => Ok(Outcome::Early),
            // Others were faster.
            Some(
                ISeedArt::AlreadyDrawn::SELECTOR
                | ISeedArt::WrongStage::SELECTOR
                | ISeedArt::StillDrawable::SELECTOR
                | ISeedArt::RequestStillOpen::SELECTOR,
            ) => Ok(Outcome::Settled),
            Some(FeeTooLow::SELECTOR) => {
                self.platform.delete(&terms_key(transaction.to)).await?;
                Err(error)
            }
            _ => Err(error),
        }
    }
}
