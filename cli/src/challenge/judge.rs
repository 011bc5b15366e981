//! Runs a request's model again, and says whether an answer is right.

use alloy_primitives::{B256, Bytes};
use alloy_sol_types::SolValue;
use verdigris_core::abi::{IModelRegistry::Task, PictureOutput};
use verdigris_core::error::Error;
use verdigris_core::infer::{self, Inference};
use verdigris_core::model::{Kind, Model};
use verdigris_model::Network;
use verdigris_model::picture::{Painter, is_bondable};

use crate::abi::PictureQuestion;

/// The most steps that are spent on one picture: more than the largest takes that can be bonded, of the heaviest model that
/// can be certified on chain (10 million gas a pixel, of which a step takes more than two). A minute or two.
const MAX_STEPS: u64 = 512 * 512 * 6_000_000;

/// What came of running the model again.
#[derive(Debug)]
pub enum Judgement {
    /// It gives this answer.
    Right,
    /// It gives another output, and the contract can run it and see.
    WrongOutput {
        /// What is right.
        reason: String,
    },
    /// It draws other pixels.
    WrongPicture {
        /// Draws the right picture; the picture itself would take much memory for long.
        painter: Box<Painter>,
        /// Its width and height in pixels.
        size: u16,
        /// The root that the answer names.
        root: B256,
        /// The file that the answer names.
        image_cid: Bytes,
    },
    /// The question has no answer: the contract can see that, too, and voids any.
    Unanswerable {
        /// Why not.
        reason: String,
    },
    /// What is wrong with it is nothing that the contract can see.
    Unprovable {
        /// What that is.
        reason: String,
    },
}

/// Runs the model on `input` and compares.
pub fn judge(task: &Task, network: &Network, input: &[u8], output: &[u8]) -> Judgement {
    match task {
        Task::Picture => picture(network, input, output),
        _ => tensor(network, input, output),
    }
}

fn tensor(network: &Network, input: &[u8], output: &[u8]) -> Judgement {
    let model = Model { id: B256::ZERO, kind: Kind::Tensor, network: network.clone() };
    match infer::run(&model, input, 0) {
        Ok(Inference::Tensor { output: right, .. }) if *right == *output => Judgement::Right,
        Ok(answer) => {
            Judgement::WrongOutput { reason: format!("the output is {}, not {}", answer.output(), short(output)) }
        }
        Err(error) if matches!(*error, Error::BadInput(_)) => Judgement::Unanswerable { reason: error.to_string() },
        Err(error) => Judgement::Unprovable { reason: format!("it can't be checked here: {error}") },
    }
}

fn picture(network: &Network, input: &[u8], output: &[u8]) -> Judgement {
    let Some(claimed) = read_output(output) else {
        return Judgement::WrongOutput { reason: format!("{} is no picture's output", short(output)) };
    };
    let Some(input) = read_input(input) else {
        return Judgement::Unanswerable { reason: "its input is no PictureInput".into() };
    };
    if !is_bondable(input.size) {
        return Judgement::Unanswerable { reason: format!("a picture of {0}×{0} pixels can't be bonded", input.size) };
    }
    let steps = network.cost().steps().saturating_mul(u64::from(input.size) * u64::from(input.size));
    if steps > MAX_STEPS {
        return Judgement::Unprovable { reason: format!("it takes {steps} steps to check, more than are done here") };
    }
    let drawn = Painter::new(network, input.stages, &input.seed, &input.traits)
        .and_then(|painter| painter.draw(input.size).map(|drawn| (painter, drawn)));
    let (painter, drawn) = match drawn {
        Ok(drawn) => drawn,
        Err(error) => return Judgement::Unanswerable { reason: error.to_string() },
    };
    if drawn.pixel_root() != claimed.pixelRoot {
        let PictureOutput { pixelRoot: root, imageCid: image_cid } = claimed;
        return Judgement::WrongPicture { painter: painter.into(), size: input.size, root, image_cid };
    }
    let cid = drawn.to_png().map(|png| verdigris_core::cid::of(&png).to_bytes()).unwrap_or_default();
    if *claimed.imageCid != cid {
        return Judgement::Unprovable { reason: "its pixels are right, but the file that it names is another".into() };
    }
    Judgement::Right
}

/// Reads `abi.encode(PictureInput)`, as strictly as the hub does, and no more: what it takes for a question has an answer.
fn read_input(bytes: &[u8]) -> Option<PictureQuestion> {
    let input = PictureQuestion::abi_decode_validate(bytes).ok().filter(|input| input.abi_encode() == bytes)?;
    (input.title.len() <= infer::MAX_TITLE).then_some(input)
}

/// Reads `abi.encode(PictureOutput)`, as strictly as the hub does: a root that isn't zero, and a CIDv1 of SHA-256.
fn read_output(bytes: &[u8]) -> Option<PictureOutput> {
    let output = PictureOutput::abi_decode_validate(bytes).ok().filter(|output| output.abi_encode() == bytes)?;
    let cid_fits = output.imageCid.len() == 36 && matches!(output.imageCid[..], [1, 0x55 | 0x70, 0x12, 0x20, ..]);
    (cid_fits && !output.pixelRoot.is_zero()).then_some(output)
}

/// The first bytes of an output, which may be long.
fn short(bytes: &[u8]) -> String {
    let shown = hex::encode(&bytes[..bytes.len().min(32)]);
    let more = if bytes.len() > 32 { format!("… ({} bytes)", bytes.len()) } else { String::new() };
    format!("0x{shown}{more}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use verdigris_core::abi::PictureInput;
    use verdigris_model::picture::Stages;

    fn input(size: u16) -> Vec<u8> {
        let input = PictureInput {
            stages: Stages::NEWEST.number(),
            size,
            seed: B256::repeat_byte(3),
            traits: B256::ZERO,
            title: "Verdigris #1".into(),
        };
        input.abi_encode()
    }

    fn right(size: u16) -> PictureOutput {
        let model = Model { id: B256::ZERO, kind: Kind::Picture, network: verdigris_model::genesis() };
        let answer = infer::run(&model, &input(size), size).expect("drawn").output();
        PictureOutput::abi_decode(&answer).expect("an output")
    }

    fn judged(size: u16, output: &[u8]) -> Judgement {
        judge(&Task::Picture, &verdigris_model::genesis(), &input(size), output)
    }

    #[test]
    fn a_right_picture_is_right() {
        assert!(matches!(judged(28, &right(28).abi_encode()), Judgement::Right));
    }

    #[test]
    fn another_root_is_a_wrong_picture_and_the_right_one_can_be_drawn() {
        let output = PictureOutput { pixelRoot: B256::repeat_byte(9), ..right(28) };
        let Judgement::WrongPicture { painter, size, root, .. } = judged(28, &output.abi_encode()) else {
            panic!("not a wrong picture");
        };
        assert_eq!(root, B256::repeat_byte(9));
        assert_eq!(painter.draw(size).expect("drawn").pixel_root(), right(28).pixelRoot);
    }

    #[test]
    fn another_file_of_the_right_pixels_is_seen_but_nothing_that_a_contract_can_see() {
        let mut cid = right(28).imageCid.to_vec();
        cid[20] ^= 1;
        let output = PictureOutput { imageCid: cid.into(), ..right(28) };
        assert!(matches!(judged(28, &output.abi_encode()), Judgement::Unprovable { .. }));
    }

    #[test]
    fn outputs_that_the_hub_would_not_read_are_wrong() {
        let good = right(16).abi_encode();
        let mut padded = good.clone();
        *padded.last_mut().expect("bytes") = 1;
        let zero_root = PictureOutput { pixelRoot: B256::ZERO, ..right(16) }.abi_encode();
        let short_cid = PictureOutput { imageCid: vec![1, 0x55, 0x12, 0x20].into(), ..right(16) }.abi_encode();
        let other_cid = PictureOutput { imageCid: vec![0; 36].into(), ..right(16) }.abi_encode();
        let longer = [good.clone(), vec![0; 32]].concat();
        for output in [vec![], good[..100].to_vec(), padded, zero_root, short_cid, other_cid, longer] {
            assert!(matches!(judged(16, &output), Judgement::WrongOutput { .. }), "{}", hex::encode(output));
        }
    }

    #[test]
    fn a_question_without_an_answer_has_none() {
        let network = verdigris_model::genesis();
        let output = right(16).abi_encode();
        for wrong in [input(0), input(24), b"not an input".to_vec(), vec![]] {
            assert!(matches!(judge(&Task::Picture, &network, &wrong, &output), Judgement::Unanswerable { .. }));
            assert!(matches!(judge(&Task::Tensor, &network, &wrong, &output), Judgement::Unanswerable { .. }));
        }
    }

    #[test]
    fn a_title_that_is_no_text_does_not_hide_a_wrong_picture() {
        let mut question = PictureQuestion::abi_decode(&input(16)).expect("a question");
        question.title = vec![0xff, 0xfe].into();
        let output = PictureOutput { pixelRoot: B256::repeat_byte(9), ..right(16) };
        let judged = judge(&Task::Picture, &verdigris_model::genesis(), &question.abi_encode(), &output.abi_encode());
        assert!(matches!(judged, Judgement::WrongPicture { .. }));
    }

    #[test]
    fn a_tensor_model_s_output_is_compared_byte_by_byte() {
        let network = verdigris_model::genesis();
        let input = [1; 38];
        let model = Model { id: B256::ZERO, kind: Kind::Tensor, network: network.clone() };
        let mut output = infer::run(&model, &input, 0).expect("run").output().to_vec();
        assert!(matches!(judge(&Task::Tensor, &network, &input, &output), Judgement::Right));
        output[1] ^= 1;
        assert!(matches!(judge(&Task::Tensor, &network, &input, &output), Judgement::WrongOutput { .. }));
    }
}
