//! Checks a token from the outside: reads the chain, draws the picture again, compares everything that can be compared.

mod standing;

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolValue;
use cid::Cid;
use serde::Serialize;
use verdigris_core::abi::{IInferenceHub, IModelRegistry, ISeedArt, PictureInput, PictureOutput};
use verdigris_core::cid::of as cid_of;
use verdigris_core::receipt;
use verdigris_model::Network;
use verdigris_model::picture::{Painter, Picture};

use crate::abi::IERC721Metadata;
use crate::error::CliError;
use crate::http;
use crate::place::Found;
pub use standing::Standing;

/// One thing that was compared.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// What should hold, as a sentence.
    pub claim: &'static str,
    /// Whether it does.
    pub holds: bool,
    /// What was found.
    pub detail: String,
}

/// All that was found out about a token.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// The token's number.
    pub token: String,
    /// CID of the picture, as the chain names it.
    pub image_cid: String,
    /// CID of the metadata, as the chain names it.
    pub metadata_cid: String,
    /// The pixel root on chain.
    pub pixel_root: B256,
    /// The pixel root of the picture drawn here.
    pub recomputed_pixel_root: B256,
    /// What the answer rests on.
    pub standing: Standing,
    /// What was compared.
    pub checks: Vec<Check>,
}

/// How many pixels the contract is asked to draw.
const PIXELS: usize = 3;

impl Verdict {
    /// Whether everything holds.
    pub fn verified(&self) -> bool {
        self.checks.iter().all(|check| check.holds)
    }

    fn compare(&mut self, claim: &'static str, expected: &dyn ToString, found: &dyn ToString) {
        let (expected, found) = (expected.to_string(), found.to_string());
        let holds = expected == found;
        let detail = if holds { found } else { format!("expected {expected}, found {found}") };
        self.checks.push(Check { claim, holds, detail });
    }
}

/// The selector of Solady's `TokenDoesNotExist()`.
const NO_SUCH_TOKEN: &str = "ceea21b6";

/// Reads token `id` of `place` and checks it, with the pinned files that `gateway` gives. An error means that it could not be checked, not that something is wrong.
pub async fn verify(place: &Found, gateway: &str, id: U256) -> Result<Verdict, CliError> {
    let Found { chain, art } = place;
    let token = chain.read(*art, &ISeedArt::tokenOfCall { tokenId: id }).await.map_err(|error| match error {
        CliError::Rpc { message, .. } if message.contains(NO_SUCH_TOKEN) => {
            CliError::Argument(format!("there is no token {id}"))
        }
        other => other,
    })?;
    let hub = chain.read(*art, &ISeedArt::hubCall {}).await?;
    if !matches!(token.stage, ISeedArt::Stage::Fulfilled) {
        return Err(CliError::Argument(standing::why_not_yet(chain, hub, id, &token).await?));
    }
    let blueprint = chain.read(*art, &ISeedArt::blueprintCall { tokenId: id }).await?;
    let picture = draw(&blueprint)?;
    let input = question(place, id, &blueprint).await?;
    let mut verdict = Verdict {
        token: id.to_string(),
        image_cid: cid_text(&token.imageCid)?,
        metadata_cid: cid_text(&token.metadataCid)?,
        pixel_root: token.pixelRoot,
        recomputed_pixel_root: picture.pixel_root().into(),
        standing: Standing::read(place, hub, &token, &input).await?,
        checks: Vec::new(),
    };
    let root = (verdict.pixel_root, verdict.recomputed_pixel_root);
    verdict.compare("the picture drawn here has the pixel root on chain", &root.0, &root.1);
    check_pixels(&mut verdict, place, id, &picture).await?;
    verdict.check_standing();
    let registry = chain.read(hub, &IInferenceHub::registryCall {}).await?;
    let model = IModelRegistry::modelOfCall { modelId: blueprint.modelId };
    let model = chain.read(registry, &model).await?.model;
    let weights = keccak256(&blueprint.model);
    verdict.compare("the model's bytes hash to what was registered", &model.canonicalHash, &weights);
    check_content(&mut verdict, gateway, &picture).await;
    if !verdict.standing.refuted {
        let expected = Expected { hub, model: blueprint.modelId, key: model.attestationKey, input: &input };
        check_receipt(&mut verdict, place, &token, &expected).await?;
    }
    Ok(verdict)
}

/// What the collection must have asked for this token's picture.
pub async fn question(place: &Found, id: U256, blueprint: &ISeedArt::Blueprint) -> Result<Vec<u8>, CliError> {
    let name = place.chain.read(place.art, &IERC721Metadata::nameCall {}).await?;
    let input = PictureInput {
        stages: blueprint.stages,
        size: blueprint.size,
        seed: blueprint.seed,
        traits: blueprint.traits,
        title: format!("{name} #{id}"),
    };
    Ok(input.abi_encode())
}

/// Some pixels at random places, which the contract draws itself.
async fn check_pixels(verdict: &mut Verdict, place: &Found, id: U256, picture: &Picture) -> Result<(), CliError> {
    let size = picture.size();
    for _ in 0..PIXELS {
        let (x, y) = (random_below(size)?, random_below(size)?);
        let at = 3 * (usize::from(y) * usize::from(size) + usize::from(x));
        let ours = hex::encode(&picture.rgb()[at..at + 3]);
        let call = ISeedArt::pixelCall { tokenId: id, x, y, size };
        let claim = "a pixel drawn in the contract is the one drawn here";
        match place.chain.read(place.art, &call).await {
            Ok(drawn) => {
                let place = |colour: &str| format!("({x}, {y}) #{colour}");
                verdict.compare(claim, &place(&ours), &place(&hex::encode(drawn)));
            }
            Err(error) => verdict.checks.push(Check { claim, holds: false, detail: error.to_string() }),
        }
    }
    Ok(())
}

fn random_below(limit: u16) -> Result<u16, CliError> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| CliError::Stack(format!("no random numbers: {error}")))?;
    Ok((u64::from_le_bytes(bytes) % u64::from(limit)) as u16)
}

/// Draws what a blueprint says.
fn draw(blueprint: &ISeedArt::Blueprint) -> Result<Picture, CliError> {
    let network =
        Network::from_bytes(&blueprint.model).map_err(|error| CliError::malformed("model on chain", error))?;
    let painter = Painter::new(&network, blueprint.stages, &blueprint.seed, &blueprint.traits)
        .map_err(|error| CliError::malformed("blueprint", error))?;
    painter.draw(blueprint.size).map_err(|error| CliError::malformed("blueprint", error))
}

/// The pinned files: what the gateway gives, beside what is drawn here.
async fn check_content(verdict: &mut Verdict, gateway: &str, picture: &Picture) {
    let drawn = picture.to_png().map_or_else(|error| error.to_string(), |png| cid_of(&png).to_string());
    verdict.compare("the picture drawn here, as PNG, has the CID on chain", &verdict.image_cid.clone(), &drawn);
    for (claim, cid) in [
        ("the pinned picture has the CID on chain", verdict.image_cid.clone()),
        ("the pinned metadata has the CID on chain", verdict.metadata_cid.clone()),
    ] {
        match http::get(&format!("{gateway}/ipfs/{cid}")).await {
            Ok(file) => verdict.compare(claim, &cid, &cid_of(&file)),
            Err(error) => verdict.checks.push(Check { claim, holds: false, detail: error.to_string() }),
        }
    }
}

/// What a token's receipt must say.
struct Expected<'a> {
    hub: Address,
    model: B256,
    key: Address,
    input: &'a [u8],
}

/// The accepted receipt, against the collection's own model (its id and its key), not the one that the receipt names.
async fn check_receipt(
    verdict: &mut Verdict,
    place: &Found,
    token: &ISeedArt::Token,
    Expected { hub, model, key, input }: &Expected<'_>,
) -> Result<(), CliError> {
    let chain = &place.chain;
    let answer = chain.read(*hub, &IInferenceHub::receiptOfCall { requestId: token.requestId }).await?;
    let output = PictureOutput { pixelRoot: token.pixelRoot, imageCid: token.imageCid.clone() }.abi_encode();
    verdict.compare("the receipt is about this token's request", &token.requestId, &answer.receipt.requestId);
    verdict.compare("the receipt is about this token's question", &keccak256(input), &answer.receipt.inputHash);
    verdict.compare("the receipt is about this picture", &answer.receipt.outputHash, &keccak256(&output));
    verdict.compare("the receipt names the collection's model", model, &answer.receipt.modelId);
    if answer.signature.is_empty() && verdict.standing.needs_no_key() {
        return Ok(());
    }
    let signer = receipt::signer(&answer.receipt, &answer.signature, chain.chain_id().await?, *hub);
    let signer = signer.map_or_else(|error| error.to_string(), |signer| signer.to_string());
    verdict.compare("the receipt is signed by the model's registered key", key, &signer);
    Ok(())
}

fn cid_text(binary: &[u8]) -> Result<String, CliError> {
    Cid::try_from(binary).map(|cid| cid.to_string()).map_err(|error| CliError::malformed("CID on chain", error))
}
