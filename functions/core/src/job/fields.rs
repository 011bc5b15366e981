//! How jobs are read: by one reader for the fields of all kinds. The one that serde makes for an enum with its kind
//! inside has a reader for each kind and keeps what it reads until it knows which; that is much in a Worker.

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::Deserialize;

use super::{Job, decimal};

/// What may be said of a job, or of what sweep waits for.
#[derive(Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Fields {
    pub(crate) kind: Option<Kind>,
    pub(crate) chain_id: Option<u64>,
    pub(crate) contract: Option<Address>,
    #[serde(deserialize_with = "decimal::some")]
    pub(crate) token_id: Option<U256>,
    pub(crate) draw_block: Option<u64>,
    pub(crate) hub: Option<Address>,
    pub(crate) request_id: Option<B256>,
    pub(crate) model_id: Option<B256>,
    pub(crate) consumer: Option<Address>,
    pub(crate) input: Option<Bytes>,
    pub(crate) output: Option<Bytes>,
    pub(crate) output_hash: Option<B256>,
    pub(crate) index: Option<u32>,
    pub(crate) level: Option<u8>,
    pub(crate) deadline: Option<u64>,
    pub(crate) final_after: Option<u64>,
    pub(crate) answer_by: Option<u64>,
}

/// The kinds of jobs.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Draw,
    Infer,
    Finalise,
    Show,
    Raise,
    Deliver,
}

/// Why fields don't make what they should.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unfit {
    #[error("missing field `{0}`")]
    Missing(&'static str),
    #[error("a field of another kind is there, too")]
    Foreign,
}

/// Takes the value of a field that must be there.
pub(crate) fn need<T>(field: &mut Option<T>, name: &'static str) -> Result<T, Unfit> {
    field.take().ok_or(Unfit::Missing(name))
}

impl TryFrom<Fields> for Job {
    type Error = Unfit;

    fn try_from(mut fields: Fields) -> Result<Self, Unfit> {
        let of = &mut fields;
        let chain_id = need(&mut of.chain_id, "chainId")?;
        let job = match need(&mut of.kind, "kind")? {
            Kind::Draw => Self::Draw {
                chain_id,
                contract: need(&mut of.contract, "contract")?,
                token_id: need(&mut of.token_id, "tokenId")?,
                draw_block: need(&mut of.draw_block, "drawBlock")?,
            },
            Kind::Infer => Self::Infer {
                chain_id,
                hub: need(&mut of.hub, "hub")?,
                request_id: need(&mut of.request_id, "requestId")?,
                model_id: need(&mut of.model_id, "modelId")?,
                consumer: need(&mut of.consumer, "consumer")?,
                input: need(&mut of.input, "input")?,
                level: need(&mut of.level, "level")?,
                deadline: need(&mut of.deadline, "deadline")?,
            },
            Kind::Finalise => Self::Finalise {
                chain_id,
                hub: need(&mut of.hub, "hub")?,
                request_id: need(&mut of.request_id, "requestId")?,
                final_after: need(&mut of.final_after, "finalAfter")?,
                output: need(&mut of.output, "output")?,
            },
            Kind::Show => Self::Show {
                chain_id,
                hub: need(&mut of.hub, "hub")?,
                request_id: need(&mut of.request_id, "requestId")?,
                index: need(&mut of.index, "index")?,
                answer_by: need(&mut of.answer_by, "answerBy")?,
            },
            Kind::Raise => Self::Raise {
                chain_id,
                hub: need(&mut of.hub, "hub")?,
                request_id: need(&mut of.request_id, "requestId")?,
                level: need(&mut of.level, "level")?,
                deadline: need(&mut of.deadline, "deadline")?,
            },
            Kind::Deliver => Self::Deliver {
                chain_id,
                hub: need(&mut of.hub, "hub")?,
                request_id: need(&mut of.request_id, "requestId")?,
            },
        };
        if fields == Fields::default() { Ok(job) } else { Err(Unfit::Foreign) }
    }
}
