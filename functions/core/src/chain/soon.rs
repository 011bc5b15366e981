//! What a provider has told before the node that we ask knows it.

use alloy_primitives::{Address, B256};
use serde::Deserialize;

use super::{Asked, from_log, read_request, request_of};
use crate::abi::IInferenceHub::Status;
use crate::error::Result;
use crate::event::Event;
use crate::handoff::Until;
use crate::node::Log;
use crate::platform::Platform;
use crate::rpc::{Call, Rpc};

/// How often a node is asked again about what it doesn't know.
const LOOKS: u32 = 4;
/// The pause between two looks.
const PAUSE_MS: u64 = 500;

/// A request. One that the node doesn't know is looked at a few times.
///
/// # Errors
/// As [`Rpc::ask`].
pub(crate) async fn request_soon<P: Platform>(
    platform: &P,
    rpc: &Rpc<P>,
    hub: Address,
    request_id: B256,
    until: Until,
) -> Result<Asked> {
    let mut looks = LOOKS;
    loop {
        let asked = read_request(rpc.batch(vec![request_of(hub, request_id)?]).await?.remove(0))?;
        if asked.status != Status::Unknown || !pause(platform, &mut looks, until).await {
            return Ok(asked);
        }
    }
}

/// The events of one transaction; empty if it isn't mined. One without a receipt is looked at a few times.
///
/// # Errors
/// As [`Rpc::ask`].
pub(crate) async fn events_of_transaction<P: Platform>(
    platform: &P,
    rpc: &Rpc<P>,
    hash: B256,
    until: Until,
) -> Result<Vec<Event>> {
    #[derive(Deserialize)]
    struct Receipt {
        logs: Vec<Log>,
    }
    let mut looks = LOOKS;
    loop {
        let receipt: Option<Receipt> = rpc.ask(Call::new("eth_getTransactionReceipt", (hash,))?).await?;
        if receipt.is_some() || !pause(platform, &mut looks, until).await {
            return Ok(receipt.into_iter().flat_map(|receipt| receipt.logs).filter_map(from_log).collect());
        }
    }
}

/// Waits for the next look; false if there is none.
async fn pause<P: Platform>(platform: &P, looks: &mut u32, until: Until) -> bool {
    if *looks == 0 || until.left(platform.now_ms()) < 4 * PAUSE_MS {
        return false;
    }
    *looks -= 1;
    platform.sleep(PAUSE_MS).await;
    true
}
