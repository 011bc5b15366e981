//! Signs what the gateway answers to a contract that looks something up off chain (EIP-3668). Nobody has asked for it on
//! the chain, so there is nothing to compare it with; what is signed says no more than what dispatch has computed, and
//! counts nowhere else (see [`Statement`]).

use crate::abi::IModelRegistry::attestationKeyOfCall;
use crate::chain;
use crate::config::{self, key};
use crate::error::{Error, Result};
use crate::http::{Request, Response};
use crate::model;
use crate::oracle::Statement;
use crate::platform::Platform;
use crate::receipt::sign_digest;
use crate::rpc::Rpc;

/// Where dispatch has it signed. The body is a [`Statement`], the answer the signature.
pub const ATTESTATIONS: &str = "/attestations";

/// Signs with the model's key, if that is ours.
pub(super) async fn attest<P: Platform>(platform: &P, request: &Request) -> Result<Response> {
    request.only("POST")?;
    let statement = Statement::read(&request.body).ok_or_else(|| Error::Malformed {
        what: "the statement",
        reason: "it is not three words and an address".into(),
    })?;
    let model_id = statement.model_id;
    let rpc = Rpc::configured(platform).await?;
    let registry = model::registry(platform, &rpc, config::hub(platform).await?).await?;
    let question = chain::call(registry, &attestationKeyOfCall { modelId: model_id })?;
    let registered = match chain::returned::<attestationKeyOfCall>(rpc.batch(vec![question]).await?.remove(0)) {
        Err(error) if error.is_revert() => return Err(Error::UnknownModel(model_id).into()),
        other => other?,
    };
    let attester = key(platform, "attestation_key").await?;
    if registered != attester.address() {
        let reason = format!("its answers are signed by {registered}, and the key here is {}", attester.address());
        return Err(Error::ModelUnusable { model: model_id, reason }.into());
    }
    let signature = sign_digest(statement.digest(config::chain_id(platform).await?), &attester)?;
    let headers = vec![("content-type", "application/octet-stream".into())];
    Ok(Response { status: 200, headers, body: signature.into() })
}
