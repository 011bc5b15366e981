//! How answers are read: whatever they are called, by one reader for the parts of all. Cf. `job/fields.rs`.

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::Deserialize;

use super::{Answer, Part};
use crate::job::{Job, Unfit, decimal, need};

/// An answer by its name. Its parts are boxed: they are long, and read at seven places.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Named {
    Fulfil(Box<Parts>),
    Execute(Box<Parts>),
    Finalise(Box<Parts>),
    Show(Box<Parts>),
    Deliver(Box<Parts>),
    Draw(Box<Parts>),
    Renew(Box<Parts>),
}

#[derive(Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Parts {
    job: Option<Job>,
    input: Option<Bytes>,
    output: Option<Bytes>,
    content_hash: Option<B256>,
    part: Option<Part>,
    contract: Option<Address>,
    #[serde(deserialize_with = "decimal::some")]
    token_id: Option<U256>,
    request_id: Option<B256>,
}

impl TryFrom<Named> for Answer {
    type Error = Unfit;

    fn try_from(mut named: Named) -> Result<Self, Unfit> {
        let answer = match &mut named {
            Named::Fulfil(of) => Self::Fulfil {
                job: need(&mut of.job, "job")?,
                output: need(&mut of.output, "output")?,
                content_hash: need(&mut of.content_hash, "contentHash")?,
            },
            Named::Execute(of) => Self::Execute { job: need(&mut of.job, "job")? },
            Named::Finalise(of) => Self::Finalise { job: need(&mut of.job, "job")? },
            Named::Show(of) => Self::Show {
                job: need(&mut of.job, "job")?,
                input: need(&mut of.input, "input")?,
                output: need(&mut of.output, "output")?,
                part: need(&mut of.part, "part")?,
            },
            Named::Deliver(of) => {
                Self::Deliver { job: need(&mut of.job, "job")?, output: need(&mut of.output, "output")? }
            }
            Named::Draw(of) => Self::Draw { job: need(&mut of.job, "job")? },
            Named::Renew(of) => Self::Renew {
                contract: need(&mut of.contract, "contract")?,
                token_id: need(&mut of.token_id, "tokenId")?,
                request_id: need(&mut of.request_id, "requestId")?,
            },
        };
        let (Named::Fulfil(rest)
        | Named::Execute(rest)
        | Named::Finalise(rest)
        | Named::Show(rest)
        | Named::Deliver(rest)
        | Named::Draw(rest)
        | Named::Renew(rest)) = named;
        if *rest == Parts::default() { Ok(answer) } else { Err(Unfit::Foreign) }
    }
}
