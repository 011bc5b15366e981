//! Text to picture as a model.

use super::{Engine, EngineError, Port, Signature};
use crate::diffusion::{Pipeline, Wish};
use crate::tensor::{DataType, Tensor, strings};

/// Steps, if the caller doesn't say.
const STEPS: usize = 20;
/// Guidance, if the caller doesn't say.
const GUIDANCE: f32 = 7.5;

/// A pipeline that is ready to draw.
pub struct DiffusionEngine {
    name: String,
    signature: Signature,
    pipeline: Pipeline,
}

impl DiffusionEngine {
    /// A model of the inputs `prompt` (BYTES) and `seed` (UINT64), and of `negative_prompt` (BYTES), `steps` (INT32),
    /// `guidance` (FP32), `height` and `width` (INT32), which may be left out; all of shape `[1]`. Its outputs are
    /// `picture` (UINT8, height × width × 3) and, if there is a safety checker, `flagged` (BOOL).
    pub fn new(pipeline: Pipeline) -> Self {
        let port = |name: &str, datatype, shape: &[Option<usize>], is_optional| Port {
            name: name.into(),
            datatype,
            shape: shape.to_vec(),
            is_batched: false,
            is_optional,
        };
        let one = &[Some(1)][..];
        let inputs = vec![
            port("prompt", DataType::Bytes, one, false),
            port("seed", DataType::Uint64, one, false),
            port("negative_prompt", DataType::Bytes, one, true),
            port("steps", DataType::Int32, one, true),
            port("guidance", DataType::Fp32, one, true),
            port("height", DataType::Int32, one, true),
            port("width", DataType::Int32, one, true),
        ];
        let mut outputs = vec![port("picture", DataType::Uint8, &[None, None, Some(3)], false)];
        if pipeline.is_checked() {
            outputs.push(port("flagged", DataType::Bool, one, false));
        }
        let name = format!("diffusion on {}", pipeline.engine());
        Self { name, signature: Signature { inputs, outputs, most_at_once: 0 }, pipeline }
    }
}

impl Engine for DiffusionEngine {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn run(&self, inputs: &[Tensor], is_wanted: &dyn Fn() -> bool) -> Result<Vec<Tensor>, EngineError> {
        let given = |name: &str| inputs.iter().find(|tensor| tensor.name == name);
        let bytes = |name: &str| given(name).map(|tensor| &tensor.data[..]);
        let text = |name: &str| -> Result<String, EngineError> {
            let Some(data) = bytes(name) else { return Ok(String::new()) };
            let text = strings(data).and_then(|strings| String::from_utf8(strings.first()?.to_vec()).ok());
            text.ok_or_else(|| EngineError::Input(format!("`{name}` is not UTF-8")))
        };
        let four = |name: &str| bytes(name).and_then(|data| data.first_chunk::<4>().copied());
        let number = |name: &str| four(name).map(|data| usize::try_from(i32::from_le_bytes(data)).unwrap_or(0));
        let seed = bytes("seed").and_then(|data| data.first_chunk::<8>().copied());
        let wish = Wish {
            prompt: text("prompt")?,
            negative_prompt: text("negative_prompt")?,
            seed: seed.map(u64::from_le_bytes).unwrap_or_default(),
            steps: number("steps").unwrap_or(STEPS),
            guidance: four("guidance").map_or(GUIDANCE, f32::from_le_bytes),
            sides: match (number("height"), number("width")) {
                (None, None) => None,
                (Some(height), Some(width)) => Some([height, width]),
                _ => return Err(EngineError::Input("`height` and `width` come together".into())),
            },
        };
        let picture = self.pipeline.draw(&wish, is_wanted)?;
        let tensor = |name: &str, datatype, shape: &[usize], data| Tensor {
            name: name.into(),
            datatype,
            shape: shape.to_vec(),
            data,
        };
        let [height, width] = picture.sides;
        let mut made = vec![tensor("picture", DataType::Uint8, &[height, width, 3], picture.pixels)];
        made.extend(
            picture.is_flagged.map(|is_flagged| tensor("flagged", DataType::Bool, &[1], vec![is_flagged.into()])),
        );
        Ok(made)
    }
}
