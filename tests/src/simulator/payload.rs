//! What each provider writes.

use alloy_primitives::B256;
use serde_json::{Value, json};

use super::{Block, Delivery, Provider};

/// Logs are as `eth_getLogs` gives them.
pub(super) fn happened(provider: Provider, block: &Block, logs: &[Value]) -> Vec<Delivery> {
    let one = |json: Value| vec![Delivery::new(provider, &json)];
    match provider {
        Provider::AlchemyGraphql => one(graphql(block, logs)),
        Provider::AlchemyActivity => one(activity(block, logs)),
        Provider::GoldskySubgraph => {
            let changes = logs.iter().map(|log| json!({"op": "INSERT", "data": {"old": null, "new": row(block, log)}}));
            changes.map(|change| Delivery::new(provider, &change)).collect()
        }
        Provider::GoldskySink => one(logs.iter().map(|log| row(block, log)).collect()),
        Provider::Moralis => vec![moralis(block, logs, false)],
        Provider::QuickNode => one(json!({"data": [logs], "metadata": metadata(block, &Value::Null)})),
        Provider::QuickNodeGzip => {
            let receipts: Vec<Value> = logs.iter().map(|log| json!({"status": "0x1", "logs": [log]})).collect();
            let header = json!({"number": quantity(block.number), "hash": block.hash, "transactions": []});
            let data = json!([{"block": header, "receipts": receipts}]);
            one(json!({"data": data, "metadata": metadata(block, &Value::Null)}))
        }
        Provider::Standard => one(json!({"type": "chain.logs", "data": {"logs": logs}})),
        Provider::Tenderly => logs.iter().map(|log| Delivery::new(provider, &alert(block, log))).collect(),
    }
}

pub(super) fn retracted(provider: Provider, block: &Block, logs: &[Value]) -> Vec<Delivery> {
    let removed: Vec<Value> = logs.iter().map(removed).collect();
    match provider {
        Provider::AlchemyActivity => vec![Delivery::new(provider, &activity(block, &removed))],
        Provider::GoldskySubgraph => {
            let changes = logs.iter().map(|log| json!({"op": "DELETE", "data": {"old": row(block, log), "new": null}}));
            changes.map(|change| Delivery::new(provider, &change)).collect()
        }
        Provider::GoldskySink => {
            let gone = logs.iter().map(|log| {
                let mut row = row(block, log);
                row["_gs_op"] = json!("d");
                row
            });
            vec![Delivery::new(provider, &gone.collect())]
        }
        // By the block's hash, or by the logs' own word.
        Provider::QuickNode => {
            let reorgs = json!([{"block_number": block.number, "hash": block.hash, "timestamp": block.seconds}]);
            vec![Delivery::new(provider, &json!({"data": [logs], "metadata": metadata(block, &reorgs)}))]
        }
        Provider::QuickNodeGzip => {
            vec![Delivery::new(provider, &json!({"data": [removed], "metadata": metadata(block, &Value::Null)}))]
        }
        Provider::Standard => vec![Delivery::new(provider, &json!({"type": "chain.logs", "data": {"logs": removed}}))],
        Provider::AlchemyGraphql | Provider::Moralis | Provider::Tenderly => Vec::new(),
    }
}

/// What comes when its user presses the button that says "test", or of itself before the first event: something that
/// holds nothing of ours.
pub(super) fn test(provider: Provider) -> Vec<Delivery> {
    let elsewhere = Block { chain_id: 1, number: 1, hash: B256::repeat_byte(0x11), seconds: 1_795_168_800 };
    let strange = log(&elsewhere, &format!("0x{}", "ab".repeat(20)), &[B256::repeat_byte(0x22)], "0x");
    let all = match provider {
        Provider::AlchemyGraphql => vec![graphql(&elsewhere, &[]), graphql(&elsewhere, &[strange])],
        Provider::AlchemyActivity => vec![activity(&elsewhere, &[]), activity(&elsewhere, &[strange])],
        Provider::GoldskySubgraph => {
            vec![json!({"op": "INSERT", "data": {"old": null, "new": row(&elsewhere, &strange)}})]
        }
        Provider::GoldskySink => vec![json!([]), json!([row(&elsewhere, &strange)])],
        Provider::Moralis => vec![json!({
            "confirmed": true, "chainId": "", "streamId": "", "tag": "", "retries": 0,
            "block": {"number": "", "hash": "", "timestamp": ""}, "logs": [], "txs": [], "txsInternal": [],
            "erc20Transfers": [], "erc20Approvals": [], "nftTransfers": [],
            "nftApprovals": {"ERC721": [], "ERC1155": []}, "abi": {},
        })],
        Provider::QuickNode | Provider::QuickNodeGzip => {
            vec![json!({"message": "PING"}), json!({"data": [[]], "metadata": {}}), json!({"data": [[strange]]})]
        }
        Provider::Standard => vec![json!({"type": "test", "timestamp": "2026-11-20T10:00:00Z", "data": null})],
        Provider::Tenderly => vec![json!({"id": "6d5cfd3b-9f4d-4d7e-9cbb-2b5a0a6a7f5f", "event_type": "TEST",
            "transaction": {"network": "1", "block_number": 1, "logs": null}})],
    };
    all.iter().map(|json| Delivery::new(provider, json)).collect()
}

fn graphql(block: &Block, logs: &[Value]) -> Value {
    let entries = logs.iter().enumerate().map(|(index, log)| {
        json!({
            "data": log["data"], "topics": log["topics"], "index": index, "account": {"address": log["address"]},
            "transaction": {"hash": log["transactionHash"]},
        })
    });
    json!({
        "webhookId": "wh_1", "id": "whevt_1", "createdAt": rfc3339(block.seconds), "type": "GRAPHQL",
        "event": {
            "network": network(block),
            "data": {"block": {
                "hash": block.hash, "number": block.number, "timestamp": block.seconds,
                "logs": entries.collect::<Vec<_>>(),
            }},
            "sequenceNumber": "10000000000578619000",
        },
    })
}

fn activity(block: &Block, logs: &[Value]) -> Value {
    let activity = logs.iter().map(|log| {
        json!({
            "blockNum": quantity(block.number), "hash": log["transactionHash"], "fromAddress": log["address"],
            "toAddress": log["address"], "category": "token", "rawContract": {"address": null}, "log": log,
        })
    });
    json!({
        "webhookId": "wh_2", "id": "whevt_2", "createdAt": rfc3339(block.seconds), "type": "ADDRESS_ACTIVITY",
        "event": {"network": network(block), "activity": activity.collect::<Vec<_>>()},
    })
}

/// Alchemy's name for the block's chain. One of our own has a name that nobody else knows.
fn network(block: &Block) -> String {
    if block.chain_id == 1 { "ETH_MAINNET".into() } else { format!("CHAIN_{}", block.chain_id) }
}

/// A row of `raw_logs`.
fn row(block: &Block, log: &Value) -> Value {
    let topics: Vec<&str> = log["topics"].as_array().unwrap().iter().map(|topic| topic.as_str().unwrap()).collect();
    json!({
        "id": format!("log_{}_{}", log["transactionHash"], log["logIndex"]), "vid": 4,
        "block_range": format!("[{},)", block.number), "address": log["address"], "topics": topics.join(","),
        "data": log["data"], "block_number": block.number, "block_hash": block.hash, "block_timestamp": block.seconds,
        "transaction_hash": log["transactionHash"],
    })
}

pub(super) fn moralis(block: &Block, logs: &[Value], confirmed: bool) -> Delivery {
    let entries = logs.iter().map(|log| {
        let topic = |index: usize| log["topics"].get(index);
        json!({
            "logIndex": "0", "transactionHash": log["transactionHash"], "address": log["address"], "data": log["data"],
            "topic0": topic(0), "topic1": topic(1), "topic2": topic(2), "topic3": topic(3),
        })
    });
    let json = json!({
        "confirmed": confirmed, "chainId": quantity(block.chain_id), "streamId": "c28d9e2e-ae9d-4fe6-9fc0-5fcde2dcdd17",
        "tag": "art", "retries": 0, "abi": [], "txs": [], "txsInternal": [], "nftTransfers": [],
        "block": {
            "number": block.number.to_string(), "hash": block.hash, "timestamp": block.seconds.to_string(),
        },
        "logs": entries.collect::<Vec<_>>(),
    });
    Delivery::new(Provider::Moralis, &json)
}

fn metadata(block: &Block, reorgs: &Value) -> Value {
    let reorged = if reorgs.is_null() { Value::Null } else { json!([block.number]) };
    json!({
        "batch_start_range": block.number, "batch_end_range": block.number, "blocks_reorged": reorged, "reorgs": reorgs,
        "dataset": "logs", "network": "ethereum-sepolia", "keep_distance_from_tip": 0,
        "stream_id": "f6ad6459-b5ad-4183-b370-1c1388e47e83",
    })
}

fn alert(block: &Block, log: &Value) -> Value {
    json!({
        "id": format!("{}-{}", block.hash, log["logIndex"]), "event_type": "ALERT",
        "transaction": {
            "network": block.chain_id.to_string(), "block_hash": block.hash, "block_number": block.number,
            "hash": log["transactionHash"], "from": log["address"], "to": log["address"], "value": "0",
            "logs": [{"address": log["address"], "topics": log["topics"], "data": log["data"]}],
        },
    })
}

fn removed(log: &Value) -> Value {
    let mut log = log.clone();
    log["removed"] = json!(true);
    log
}

/// A log as `eth_getLogs` gives it.
pub fn log(block: &Block, address: &str, topics: &[B256], data: &str) -> Value {
    json!({
        "address": address, "topics": topics, "data": data, "blockNumber": quantity(block.number),
        "blockHash": block.hash, "transactionHash": B256::repeat_byte(7), "transactionIndex": "0x0", "logIndex": "0x0",
        "removed": false,
    })
}

fn quantity(number: u64) -> String {
    format!("{number:#x}")
}

fn rfc3339(seconds: u64) -> String {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
    humantime::format_rfc3339_millis(time).to_string()
}
