//! The chain as the command sees it: JSON-RPC calls, contract reads, signed transactions.

use std::sync::Arc;
use std::time::{Duration, Instant};

use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_eips::eip2718::Encodable2718;
use alloy_json_rpc::{Id, Request, Response, ResponsePayload};
use alloy_primitives::{Address, B256, Bytes, TxKind, U64, U256};
use alloy_rpc_types_eth::Log;
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::SolCall;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::abi;
use crate::error::CliError;
use crate::http;

/// How long a transaction may take to be mined.
const MINED_WITHIN: Duration = Duration::from_secs(120);

/// How long a transaction may wait before its fee is raised.
const RAISE_AFTER: Duration = Duration::from_secs(20);

/// The most gas that one transaction may carry (EIP-7825).
const GAS_CAP: u64 = 1 << 24;

/// A chain, behind one JSON-RPC URL.
#[derive(Clone)]
pub struct Chain {
    url: Arc<str>,
}

/// What became of a transaction.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mined {
    /// The transaction's hash.
    pub transaction_hash: B256,
    /// The contract that it made, if it made one.
    pub contract_address: Option<Address>,
    /// Its logs.
    pub logs: Vec<Log>,
    /// What it took.
    pub gas_used: U64,
    status: String,
}

/// A transaction that waits for its block.
pub struct Sent {
    transaction: TxEip1559,
    hash: B256,
}

impl Chain {
    /// The chain behind `url`.
    pub fn at(url: &str) -> Self {
        Self { url: url.into() }
    }

    /// One JSON-RPC call.
    pub async fn call<R: DeserializeOwned>(&self, method: &str, params: Value) -> Result<R, CliError> {
        let request = Request::new(method.to_owned(), Id::Number(1), params);
        let body = serde_json::to_vec(&request).map_err(|error| CliError::malformed(method, error))?;
        let answer = http::post(&self.url, &[("content-type", "application/json")], body).await?;
        let response: Response<Value> = serde_json::from_slice(&answer.body)
            .map_err(|error| CliError::malformed(format!("answer to {method}"), error))?;
        match response.payload {
            ResponsePayload::Success(value) => {
                serde_json::from_value(value).map_err(|error| CliError::malformed(format!("answer to {method}"), error))
            }
            ResponsePayload::Failure(error) => {
                let data = error.data.as_ref().and_then(|data| serde_json::from_str::<Bytes>(data.get()).ok());
                let message = match (data.as_ref().and_then(abi::error_name), error.data) {
                    (Some(name), _) => name,
                    (None, Some(data)) => format!("{} ({data})", error.message),
                    (None, None) => error.message.into_owned(),
                };
                Err(CliError::Rpc { method: method.to_owned(), message, data: data.unwrap_or_default() })
            }
        }
    }

    /// The newest block's number.
    pub async fn block_number(&self) -> Result<u64, CliError> {
        self.quantity("eth_blockNumber", json!([])).await
    }

    /// The chain's id.
    pub async fn chain_id(&self) -> Result<u64, CliError> {
        self.quantity("eth_chainId", json!([])).await
    }

    /// The newest block's time, Unix seconds: what contracts hold deadlines against.
    pub async fn now(&self) -> Result<u64, CliError> {
        #[derive(Deserialize)]
        struct Block {
            timestamp: U256,
        }
        let block: Block = self.call("eth_getBlockByNumber", json!(["latest", false])).await?;
        block.timestamp.try_into().map_err(|error| CliError::malformed("the newest block's time", error))
    }

    /// The code at an address.
    pub async fn code(&self, address: Address) -> Result<Bytes, CliError> {
        self.call("eth_getCode", json!([address, "latest"])).await
    }

    /// Logs of a contract in a range of blocks (both ends included), whose topics are these.
    pub async fn logs(&self, contract: Address, topics: &[Value], from: u64, to: u64) -> Result<Vec<Log>, CliError> {
        let filter = json!({
            "address": contract,
            "topics": topics,
            "fromBlock": format!("{from:#x}"),
            "toBlock": format!("{to:#x}"),
        });
        self.call("eth_getLogs", json!([filter])).await
    }

    /// The newest of a contract's logs with these topics, sought backwards from block `to` down to `from`, `span` blocks
    /// at once.
    pub async fn last_log(
        &self,
        contract: Address,
        topics: &[Value],
        (from, to): (u64, u64),
        span: u64,
    ) -> Result<Option<Log>, CliError> {
        let mut end = to;
        loop {
            let start = end.saturating_sub(span - 1).max(from);
            if let Some(found) = self.logs(contract, topics, start, end).await?.pop() {
                return Ok(Some(found));
            }
            match start.checked_sub(1) {
                Some(before) if start > from => end = before,
                _ => return Ok(None),
            }
        }
    }

    /// Asks a contract, without a transaction.
    pub async fn read<C: SolCall>(&self, contract: Address, call: &C) -> Result<C::Return, CliError> {
        let transaction = json!({ "to": contract, "data": Bytes::from(call.abi_encode()) });
        let answer: Bytes = self.call("eth_call", json!([transaction, "latest"])).await?;
        C::abi_decode_returns(&answer)
            .map_err(|error| CliError::malformed(format!("answer of {contract} to {}", C::SIGNATURE), error))
    }

    /// Signs a transaction, sends it, and waits until it is mined; one that failed on chain is an error.
    pub async fn send(
        &self,
        signer: &PrivateKeySigner,
        to: TxKind,
        data: Bytes,
        value: U256,
    ) -> Result<Mined, CliError> {
        self.settle(signer, self.start(signer, to, data, value).await?).await
    }

    /// Signs a transaction and sends it, without waiting for its block.
    pub async fn start(
        &self,
        signer: &PrivateKeySigner,
        to: TxKind,
        data: Bytes,
        value: U256,
    ) -> Result<Sent, CliError> {
        let transaction = self.prepare(signer.address(), to, data, value).await?;
        let hash = self.submit(signer, &transaction).await?;
        Ok(Sent { transaction, hash })
    }

    /// Waits until a transaction is mined. If it waits for long, its fee is raised: challenges have a deadline.
    pub async fn settle(&self, signer: &PrivateKeySigner, sent: Sent) -> Result<Mined, CliError> {
        let Sent { mut transaction, hash } = sent;
        let mut hashes = vec![hash];
        let start = Instant::now();
        while start.elapsed() < MINED_WITHIN {
            if let Some(mined) = self.mined(&hashes).await {
                return if mined.status == "0x1" { Ok(mined) } else { Err(CliError::Reverted(mined.transaction_hash)) };
            }
            // Nodes take a replacement from a tenth more on.
            transaction.max_fee_per_gas += transaction.max_fee_per_gas / 4 + 1;
            transaction.max_priority_fee_per_gas += transaction.max_priority_fee_per_gas / 4 + 1;
            // Refused if the one before was mined meanwhile, which the next look shows.
            hashes.extend(self.submit(signer, &transaction).await);
        }
        let what = format!("mining of transaction {hash}");
        Err(CliError::TimedOut { what, seconds: MINED_WITHIN.as_secs() })
    }

    /// A transaction with the gas that it needs and today's price. A call that would fail is refused here.
    async fn prepare(&self, from: Address, to: TxKind, data: Bytes, value: U256) -> Result<TxEip1559, CliError> {
        let call = json!({ "from": from, "to": to.to(), "data": data, "value": value });
        let gas = self.quantity("eth_estimateGas", json!([call])).await?;
        let tip = u128::from(self.quantity("eth_maxPriorityFeePerGas", json!([])).await?);
        let price = u128::from(self.quantity("eth_gasPrice", json!([])).await?);
        Ok(TxEip1559 {
            chain_id: self.chain_id().await?,
            nonce: self.quantity("eth_getTransactionCount", json!([from, "pending"])).await?,
            // A fifth more than now, since the state may change until it is mined.
            gas_limit: (gas + gas / 5).min(gas.max(GAS_CAP)),
            max_fee_per_gas: 2 * price + tip,
            max_priority_fee_per_gas: tip,
            to,
            value,
            access_list: Default::default(),
            input: data,
        })
    }

    async fn submit(&self, signer: &PrivateKeySigner, transaction: &TxEip1559) -> Result<B256, CliError> {
        let signature = signer
            .sign_hash_sync(&transaction.signature_hash())
            .map_err(|error| CliError::malformed("transaction", error))?;
        let raw = Bytes::from(transaction.clone().into_signed(signature).encoded_2718());
        self.call("eth_sendRawTransaction", json!([raw])).await
    }

    /// Whichever of these transactions is mined, if one is before the fee is to be raised. That the node can't be reached
    /// for a moment changes nothing about a transaction that was sent.
    async fn mined(&self, sent: &[B256]) -> Option<Mined> {
        let start = Instant::now();
        while start.elapsed() < RAISE_AFTER {
            for hash in sent {
                if let Ok(Some(mined)) = self.call("eth_getTransactionReceipt", json!([hash])).await {
                    return Some(mined);
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        None
    }

    async fn quantity(&self, method: &str, params: Value) -> Result<u64, CliError> {
        let number: U256 = self.call(method, params).await?;
        number.try_into().map_err(|error| CliError::malformed(format!("answer to {method}"), error))
    }
}
