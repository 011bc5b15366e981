//! The safety checker of Stable Diffusion: a network that sees the picture as CLIP does, and may object to it.

use std::path::Path;
use std::sync::Arc;

use super::{run, settings};
use crate::engine::{Engine, EngineError};
use crate::tensor::{DataType, Tensor};

/// Sides of the picture that CLIP sees.
const SIDE: usize = 224;

/// The checker of a model.
pub(super) struct Checker {
    engine: Arc<dyn Engine>,
    features: settings::FeatureExtractor,
}

impl Checker {
    /// The checker in a model's folder, if there is one.
    pub(super) fn read(
        folder: &Path,
        open: &impl Fn(&Path) -> Result<Arc<dyn Engine>, String>,
    ) -> Result<Option<Self>, String> {
        let path = folder.join("safety_checker/model.onnx");
        if !path.exists() {
            return Ok(None);
        }
        let features = settings::read(&folder.join("feature_extractor/preprocessor_config.json"))?;
        Ok(Some(Self { engine: open(&path)?, features }))
    }

    /// Whether it objects to a picture (RGB, row by row).
    pub(super) fn objects(&self, pixels: &[u8], sides: [usize; 2]) -> Result<bool, EngineError> {
        let settings::FeatureExtractor { image_mean, image_std } = self.features;
        let seen = seen(pixels, sides);
        let planes: Vec<f32> = (0..3)
            .flat_map(|channel| {
                seen.iter().map(move |pixel| (pixel[channel] - image_mean[channel]) / image_std[channel])
            })
            .collect();
        let values: Vec<f32> = pixels.iter().map(|&value| f32::from(value) / 255.0).collect();
        let inputs = vec![
            Tensor::of_floats("clip_input", vec![1, 3, SIDE, SIDE], &planes),
            Tensor::of_floats("images", vec![1, sides[0], sides[1], 3], &values),
        ];
        let verdict = run(self.engine.as_ref(), inputs, "has_nsfw_concepts")?;
        match verdict.datatype {
            DataType::Bool => Ok(verdict.data.iter().any(|&byte| byte != 0)),
            other => Err(EngineError::Failed(format!("the safety checker's verdict is {other}, not BOOL"))),
        }
    }
}

/// The picture's middle square at CLIP's size, each value between 0 and 1. Shrunk by the mean over each pixel's area and
/// enlarged by the nearest: the checker was trained with bicubic filters, which differ by little.
fn seen(pixels: &[u8], [height, width]: [usize; 2]) -> Vec<[f32; 3]> {
    let square = height.min(width);
    let (top, left) = ((height - square) / 2, (width - square) / 2);
    let span = |place: usize| {
        let start = place * square / SIDE;
        start..((place + 1) * square / SIDE).max(start + 1)
    };
    let mean = |y: usize, x: usize| {
        let (rows, columns) = (span(y), span(x));
        let count = (rows.len() * columns.len()) as f32;
        let mut sum = [0.0; 3];
        for row in rows {
            for column in columns.clone() {
                let at = 3 * ((top + row) * width + left + column);
                sum.iter_mut().zip(&pixels[at..at + 3]).for_each(|(sum, &value)| *sum += f32::from(value));
            }
        }
        sum.map(|sum| sum / (255.0 * count))
    };
    (0..SIDE * SIDE).map(|place| mean(place / SIDE, place % SIDE)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_seen_at_one_size() {
        // Wide, with a grey square in the middle and white beside it.
        for side in [16, 224, 448, 100] {
            let row: Vec<[u8; 3]> =
                (0..3 * side).map(|x| if x / side == 1 { [51, 102, 0] } else { [255; 3] }).collect();
            let pixels = row.as_flattened().repeat(side);
            let seen = seen(&pixels, [side, 3 * side]);
            assert_eq!(seen.len(), SIDE * SIDE);
            assert!(seen.iter().all(|pixel| (pixel[0] - 0.2).abs() < 1e-5 && (pixel[1] - 0.4).abs() < 1e-5));
        }
    }
}
