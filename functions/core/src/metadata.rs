//! The document that describes an answer to the world: a token's ERC-721 metadata, or a tensor's record.
//!
//! The same answer always gives the same bytes: its SHA-256 is signed in the receipt, and is its address (the CID of
//! a raw leaf, as the document is small).

use alloy_primitives::{Address, B256, Bytes};
use serde::Serialize;
use verdigris_model::picture::{TRAIT_KINDS, Traits};

use crate::abi::PictureInput;
use crate::error::{Error, Result};

/// Most bytes of a document, so that its CID is a raw leaf with every service.
pub const MAX_BYTES: usize = 256 * 1024;

/// Which request an answer is for.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The chain's id.
    pub chain_id: u64,
    /// The hub.
    pub hub: Address,
    /// The request.
    pub request_id: B256,
    /// The model version that answered.
    pub model_id: B256,
}

#[derive(Serialize)]
struct Document<'a, T> {
    name: &'a str,
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<Vec<Attribute>>,
    verdigris: T,
}

#[derive(Serialize)]
struct Attribute {
    #[serde(skip_serializing_if = "Option::is_none")]
    display_type: Option<&'static str>,
    trait_type: &'static str,
    value: Value,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Value {
    Text(&'static str),
    Number(u16),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PictureRecord<'a> {
    version: u8,
    chain_id: u64,
    hub: Address,
    request_id: B256,
    model_id: B256,
    stages: u32,
    seed: B256,
    traits: B256,
    size: u16,
    pixel_root: B256,
    image_cid: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    engine: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TensorRecord<'a> {
    version: u8,
    chain_id: u64,
    hub: Address,
    request_id: B256,
    model_id: B256,
    input: &'a Bytes,
    output: &'a Bytes,
    #[serde(skip_serializing_if = "Option::is_none")]
    engine: Option<&'a str>,
}

/// The metadata of a picture.
///
/// # Errors
/// [`Error::BadInput`] if the traits are no traits.
pub fn picture(
    origin: &Origin,
    input: &PictureInput,
    pixel_root: B256,
    image: &crate::cid::Cid,
    engine: Option<&str>,
) -> Result<Vec<u8>> {
    // What a text asks for shows no traits.
    let traits = match engine {
        None => Some(Traits::from_word(&input.traits.0).map_err(|e| Error::BadInput(e.to_string()))?),
        Some(_) => None,
    };
    let image_cid = image.to_string();
    document(&Document {
        name: &input.title,
        description: match engine {
            None => {
                "A picture that a small neural network drew from a seed. Anyone can draw the same pixels again from the \
                 seed, the traits and the network, and compare them with the root and the receipt."
            }
            Some(_) => {
                "A picture that a neural network drew from a text and a seed. The same engine draws it again; another \
                 rounds otherwise, so the receipt says who drew it, and not more."
            }
        },
        image: Some(format!("ipfs://{image_cid}")),
        attributes: traits.map(attributes),
        verdigris: PictureRecord {
            version: 1,
            chain_id: origin.chain_id,
            hub: origin.hub,
            request_id: origin.request_id,
            model_id: origin.model_id,
            stages: input.stages,
            seed: input.seed,
            traits: input.traits,
            size: input.size,
            pixel_root,
            image_cid,
            engine,
        },
    })
}

/// The record of a tensor model's answer.
///
/// # Errors
/// [`Error::BadInput`] if input and output are too long for a document.
pub fn tensor(origin: &Origin, input: &Bytes, output: &Bytes, engine: Option<&str>) -> Result<Vec<u8>> {
    document(&Document {
        name: "Verdigris inference",
        description: match engine {
            None => {
                "What an exact neural network answered. Anyone can compute the same output again from the input and the \
                 network, and compare it with the receipt."
            }
            Some(_) => {
                "What a neural network answered. Another engine may round otherwise, so the receipt says who computed \
                 it, and not more."
            }
        },
        image: None,
        attributes: None,
        verdigris: TensorRecord {
            version: 1,
            chain_id: origin.chain_id,
            hub: origin.hub,
            request_id: origin.request_id,
            model_id: origin.model_id,
            input,
            output,
            engine,
        },
    })
}

fn document(document: &impl Serialize) -> Result<Vec<u8>> {
    let bytes = serde_json::to_vec(document).map_err(|e| Error::Internal(format!("metadata has no JSON form: {e}")))?;
    if bytes.len() > MAX_BYTES {
        let reason = format!("its metadata would have {} bytes, more than {MAX_BYTES}", bytes.len());
        return Err(Error::BadInput(reason).into());
    }
    Ok(bytes)
}

/// As `TokenMetadata.sol` names them.
fn attributes(traits: Traits) -> Vec<Attribute> {
    let of = |trait_type, value| Attribute { display_type: None, trait_type, value: Value::Text(value) };
    let drawn = TRAIT_KINDS.iter().zip(traits.values()).filter_map(|(kind, value)| {
        let (value, _) = kind.values.get(usize::from(value))?;
        Some(of(kind.name, value))
    });
    let epoch = Attribute { display_type: Some("number"), trait_type: "Epoch", value: Value::Number(traits.epoch) };
    drawn.chain([of("Rarity", traits.rarity()), epoch]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::tests::picture_input;

    const ORIGIN: Origin = Origin {
        chain_id: 31337,
        hub: Address::repeat_byte(0xb1),
        request_id: B256::repeat_byte(1),
        model_id: B256::repeat_byte(2),
    };

    #[test]
    fn a_picture_s_metadata_says_what_the_protocol_page_lists() {
        let image = crate::cid::of(b"png");
        let bytes = picture(&ORIGIN, &picture_input(256), B256::repeat_byte(7), &image, None).expect("metadata");
        let value: serde_json::Value = serde_json::from_slice(&bytes).expect("json");
        let names: Vec<&str> = value["verdigris"].as_object().expect("object").keys().map(String::as_str).collect();
        for name in [
            "version",
            "chainId",
            "hub",
            "requestId",
            "modelId",
            "stages",
            "seed",
            "traits",
            "size",
            "pixelRoot",
            "imageCid",
        ] {
            assert!(names.contains(&name), "{name}");
        }
        assert_eq!(value["name"], "Verdigris #1");
        assert_eq!(value["image"], format!("ipfs://{image}"));
        assert_eq!(value["attributes"][0]["value"], "Orchid");
        assert_eq!(value["attributes"].as_array().expect("array").len(), 9);
        let epoch = serde_json::json!({ "display_type": "number", "trait_type": "Epoch", "value": 0 });
        assert_eq!(value["attributes"][8], epoch);
    }

    #[test]
    fn a_title_with_quotes_stays_one_string() {
        let input = PictureInput { title: "a\"},{\"b\n".into(), ..picture_input(8) };
        let bytes = picture(&ORIGIN, &input, B256::ZERO, &crate::cid::of(b"png"), None).expect("metadata");
        let value: serde_json::Value = serde_json::from_slice(&bytes).expect("json");
        assert_eq!(value["name"], input.title);
    }

    #[test]
    fn the_same_answer_gives_the_same_bytes() {
        let make = || tensor(&ORIGIN, &Bytes::from_static(&[1]), &Bytes::from_static(&[2]), None).expect("metadata");
        assert_eq!(make(), make());
    }

    #[test]
    fn traits_are_called_what_the_contract_calls_them() {
        let contract = include_str!("../../../contracts/src/lib/TraitNames.sol");
        let words: Vec<&str> = contract.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
        for kind in &TRAIT_KINDS {
            let names: Vec<&str> = kind.values.iter().map(|&(name, _)| name).collect();
            assert!(words.windows(names.len()).any(|found| found == names), "{}: {names:?}", kind.name);
        }
    }
}
