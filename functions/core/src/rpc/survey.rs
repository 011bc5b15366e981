//! Finds the endpoints that answer but are of no use: on another chain, or behind the others.
//!
//! Of another chain's words nothing is true here, and what sweep has read to there it would not read again; so such an
//! endpoint isn't asked at all. A node that has stopped following the chain answers as fast as ever. Asked alone, it
//! can't be told from a quiet chain; beside others it can. Sweep does this once a run, before anything else.

use alloy_primitives::U64;

use super::{Answer, Call, ENDPOINTS, Rpc};
use crate::chain::{self, Head};
use crate::error::{Error, Result};
use crate::platform::Platform;

/// An endpoint is behind if both its newest block is this much older than another endpoint's, in seconds …
const BEHIND_S: u64 = 60;
/// … and it lacks this many blocks: where blocks are rare, one is easily a minute old.
const BEHIND_BLOCKS: u64 = 3;

impl<P: Platform> Rpc<P> {
    /// Looks at all endpoints. Those on another chain than this aren't asked from now on, and those that are behind the
    /// others are asked last.
    ///
    /// # Errors
    /// [`Error::Config`] if none is on this chain and at least one is on another; see also [`Call::new`].
    pub async fn survey(&self, chain_id: u64) -> Result<()> {
        let questions = vec![Call::new("eth_chainId", ())?, chain::latest_block()?];
        let (mut heads, mut foreign) = (Vec::new(), None);
        let everyone: Vec<usize> = (0..self.endpoints.len()).collect();
        for (position, answers) in self.ask_these(&everyone, &questions).await? {
            match answers.map(read) {
                Some(Ok((id, head))) if id == chain_id => heads.push((position, head)),
                Some(Ok((id, _))) => {
                    self.platform.log(&format!("rpc: endpoint {} is on chain {id}, not {chain_id}", position + 1));
                    self.health.is_foreign(position).await;
                    foreign = Some((position, id));
                }
                Some(Err(error)) => {
                    self.platform.log(&format!("rpc: endpoint {}: {error}", position + 1));
                    self.health.failed(position).await;
                }
                // That it failed has been marked.
                None => {}
            }
        }
        if let (true, Some((position, id))) = (heads.is_empty(), foreign) {
            let reason = format!("is on chain {id}, and chain_id is {chain_id}");
            return Err(Error::Config { name: ENDPOINTS[position].0, reason }.into());
        }
        let Some(best) = heads.iter().map(|(_, head)| *head).max_by_key(|head| head.number) else { return Ok(()) };
        for (position, head) in heads {
            if is_behind(head, best) {
                let (number, best) = (head.number, best.number);
                self.platform.log(&format!("rpc: endpoint {} is at block {number} of {best}", position + 1));
                self.health.is_behind(position).await;
            } else {
                self.health.is_up_to_date(position).await;
            }
        }
        Ok(())
    }
}

fn read(answers: Vec<Answer>) -> Result<(u64, Head)> {
    let mut answers = answers.into_iter();
    let mut next = || answers.next().ok_or_else(|| Error::Internal("an answer is missing".into()));
    Ok((next()?.read::<U64>()?.to(), next()?.read()?))
}

fn is_behind(head: Head, best: Head) -> bool {
    let (number, timestamp) = (head.number.to::<u64>(), head.timestamp.to::<u64>());
    number + BEHIND_BLOCKS <= best.number.to() && timestamp + BEHIND_S <= best.timestamp.to()
}
