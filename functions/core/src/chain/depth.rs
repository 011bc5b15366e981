//! How deep in the chain a request lies.

use alloy_primitives::{Address, B256};

use super::{Asked, request_at};
use crate::config;
use crate::error::Result;
use crate::platform::Platform;
use crate::rpc::Rpc;

/// Whether a request, as it stands at the newest block, `head`, lies so deep in the chain that it will stay there. The
/// chain itself is asked, not the event: the request may be in another block by now.
///
/// # Errors
/// As [`Rpc::ask`].
pub(crate) async fn is_deep<P: Platform>(
    platform: &P,
    rpc: &Rpc<P>,
    (hub, request_id): (Address, B256),
    asked: &Asked,
    head: u64,
) -> Result<bool> {
    let depth = config::confirmations(platform).await?;
    if depth == 0 {
        return Ok(true);
    }
    let Some(block) = head.checked_sub(depth) else { return Ok(false) };
    Ok(request_at(rpc, hub, request_id, block).await?.as_ref() == Some(&asked.request))
}
