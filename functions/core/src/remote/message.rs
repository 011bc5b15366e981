//! What is said between the function `remote` and those that ask it: JSON, and bytes behind it ([`frame`]).

use alloy_primitives::{B256, Bytes};
use serde::{Deserialize, Serialize};

use super::malformed;
use crate::error::{Error, Result};
use crate::frame;
use crate::http::Response;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Asked {
    /// The job's id; empty if somebody waits for the answer.
    pub(super) id: String,
    pub(super) model: B256,
    pub(super) form: Form,
    pub(super) input: Bytes,
    /// What was known of workers that failed.
    pub(super) breakers: Bytes,
    /// Who has the job, as [`Answered::errand`] said it, with what they have told in further lines; or, after
    /// [`WRONG`](super::client::WRONG), whose answer was wrong. Comes behind the JSON.
    #[serde(skip)]
    pub(super) errand: String,
}

/// What an input and its output are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum Form {
    /// Values of an exact network, one byte each.
    Exact {
        /// Whether they may be negative, and whether the latents may that come after them.
        signed: [bool; 2],
        /// Values of the output.
        outputs: usize,
        /// Whether each has four bytes, instead of one.
        is_raw: bool,
    },
    /// Inputs of an ONNX file, one after the other, big-endian.
    File,
    /// `abi.encode(PictureInput)`, of which an exact network draws a picture.
    Picture,
    /// The same, of whose title a picture is drawn.
    Prompt,
}

impl Asked {
    /// None of its texts has anything in it that JSON would write otherwise. What derives `Serialize` would take more of a
    /// Worker.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let Self { id, model, form, input, breakers, errand } = self;
        let form = match form {
            Form::Exact { signed, outputs, is_raw } => {
                format!(r#"{{"exact":{{"signed":{signed:?},"outputs":{outputs},"isRaw":{is_raw}}}}}"#)
            }
            Form::File => "\"file\"".into(),
            Form::Picture => "\"picture\"".into(),
            Form::Prompt => "\"prompt\"".into(),
        };
        let head =
            format!(r#"{{"id":"{id}","model":"{model}","form":{form},"input":"{input}","breakers":"{breakers}"}}"#);
        frame::join(head.as_bytes(), errand.as_bytes())
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        const WHAT: &str = "the question";
        let (head, errand) = frame::split(bytes).ok_or_else(|| malformed(WHAT, "it ends too early"))?;
        let asked: Self = crate::json::from_slice(head).map_err(|e| Error::json(WHAT, &e))?;
        Ok(Self { errand: String::from_utf8_lossy(errand).into_owned(), ..asked })
    }
}

/// What is answered. Behind it is the output.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answered {
    /// 200 if it is done, 202 if a worker is at work, else what an error would have.
    pub(super) status: u16,
    /// Who has the job, and since when; empty if nobody has it.
    pub(super) errand: String,
    /// By what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) engine: Option<String>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<String>,
    /// What is known of workers that failed.
    pub(super) breakers: Bytes,
}

impl Answered {
    pub(super) fn with(&self, output: &[u8]) -> Result<Response> {
        let head = Response::json(200, self)?.body;
        let headers = vec![("content-type", "application/octet-stream".into())];
        Ok(Response { status: 200, headers, body: frame::join(&head, output) })
    }
}
