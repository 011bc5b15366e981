//! A token's picture as a model: seed and traits in, pixels out, the same as everywhere.
//!
//! On a GPU a picture is drawn in bands: the places that a band shows are noted, their fields are computed in one run of
//! the network, and the band is coloured with them.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use verdigris_model::Network;
use verdigris_model::kernel::Backend;
use verdigris_model::picture::{
    Concept, Fields, MAX_SIZE, Painter, PictureError, Place, Stages, Traits, features, latent,
};

use super::{Engine, EngineError, Port, Signature};
use crate::exact::{Gpu, Prepared};
use crate::tensor::{DataType, Tensor};

/// Places of a band, about: enough to keep a GPU busy, few enough that other pictures' bands get their turn soon.
const BAND: usize = 1 << 18;

/// A picture model.
pub struct PictureEngine {
    name: String,
    signature: Signature,
    network: Arc<Network>,
    gpu: Option<Prepared>,
}

impl PictureEngine {
    /// Makes a picture model ready for a GPU, or for this CPU if there is none. Inputs are `seed` and `traits` (UINT8, 32
    /// each, as on chain), `size` (UINT16, `[1]`: pixels a side) and, if it isn't the newest, `stages` (UINT32, `[1]`);
    /// the output is `pixels` (UINT8, size × size × 3).
    ///
    /// # Errors
    /// If the network is no picture model, or the GPU refuses it.
    pub fn new(network: Arc<Network>, gpu: Option<Arc<Gpu>>) -> Result<Self, EngineError> {
        Painter::new(&network, Stages::NEWEST.number(), &[0; 32], &[0; 32])?;
        let port = |name: &str, datatype, shape: &[Option<usize>], is_optional| Port {
            name: name.into(),
            datatype,
            shape: shape.to_vec(),
            is_batched: false,
            is_optional,
        };
        let inputs = vec![
            port("seed", DataType::Uint8, &[Some(32)], false),
            port("traits", DataType::Uint8, &[Some(32)], false),
            port("size", DataType::Uint16, &[Some(1)], false),
            port("stages", DataType::Uint32, &[Some(1)], true),
        ];
        let outputs = vec![port("pixels", DataType::Uint8, &[None, None, Some(3)], false)];
        let name = match &gpu {
            Some(gpu) => format!("picture on exact wgpu {}", gpu.name()),
            None => format!("picture on exact cpu {:?}", Backend::best()),
        };
        let gpu = gpu.map(|gpu| Prepared::new(gpu, network.clone())).transpose()?;
        Ok(Self { name, signature: Signature { inputs, outputs, most_at_once: 0 }, network, gpu })
    }

    /// Draws in bands, as long as somebody waits for it.
    fn draw(
        &self,
        stages: u32,
        (seed, traits): (&[u8; 32], &[u8; 32]),
        size: u16,
        is_wanted: &dyn Fn() -> bool,
    ) -> Result<Vec<u8>, EngineError> {
        let painter = Painter::new(&self.network, stages, seed, traits)?;
        if !(1..=MAX_SIZE).contains(&size) {
            return Err(PictureError::Size { size, limit: MAX_SIZE }.into());
        }
        let gpu = self.gpu.as_ref().filter(|_| Stages::from_number(stages).is_ok_and(|stages| stages.concept == 1));
        let latent = latent(seed, Traits::from_word(traits)?);
        let width = usize::from(size);
        let mut pixels = vec![0; 3 * width * width];
        let rows = (BAND / width).clamp(1, width);
        for (band, pixels) in pixels.chunks_mut(3 * width * rows).enumerate() {
            if !is_wanted() {
                return Err(EngineError::Failed("nobody waits for the picture any more".into()));
            }
            let top = (band * rows) as u16;
            let range = top..top + (pixels.len() / (3 * width)) as u16;
            let Some(gpu) = gpu else {
                painter.rows::<3>(size, range, pixels)?;
                continue;
            };
            let noted = Noted::default();
            painter.with_concept(noted.clone()).rows::<3>(size, range.clone(), pixels)?;
            let inputs: Vec<i16> = noted.take().into_iter().flat_map(features).collect();
            let made = Made::new(&gpu.run(&inputs, &latent)?);
            painter.with_concept(made).rows::<3>(size, range, pixels)?;
        }
        Ok(pixels)
    }
}

impl Engine for PictureEngine {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn is_exact(&self) -> bool {
        true
    }

    /// Bands of several pictures take turns, so that a small one needn't wait for a large one's end.
    fn side_by_side(&self) -> usize {
        4
    }

    fn run(&self, inputs: &[Tensor], is_wanted: &dyn Fn() -> bool) -> Result<Vec<Tensor>, EngineError> {
        let data = |name: &str| inputs.iter().find(|tensor| tensor.name == name).map(|tensor| &tensor.data[..]);
        let missing = || EngineError::Input("`seed`, `traits` or `size` is missing".into());
        let word = |name: &str| data(name).and_then(|data| data.first_chunk::<32>()).ok_or_else(missing);
        let size = data("size").and_then(|data| data.first_chunk()).map(|&size| u16::from_le_bytes(size));
        let stages = data("stages").and_then(|data| data.first_chunk()).map(|&stages| u32::from_le_bytes(stages));
        let size = size.ok_or_else(missing)?;
        let stages = stages.unwrap_or(Stages::NEWEST.number());
        let data = self.draw(stages, (word("seed")?, word("traits")?), size, is_wanted)?;
        let shape = vec![size.into(), size.into(), 3];
        Ok(vec![Tensor { name: "pixels".into(), datatype: DataType::Uint8, shape, data }])
    }
}

impl From<PictureError> for EngineError {
    fn from(error: PictureError) -> Self {
        Self::Input(error.to_string())
    }
}

/// Notes which places are asked for.
#[derive(Clone, Default)]
struct Noted(Arc<Mutex<Vec<Place>>>);

impl Noted {
    fn places(&self) -> MutexGuard<'_, Vec<Place>> {
        // No code that can panic holds it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Vec<Place> {
        mem::take(&mut self.places())
    }
}

impl Concept for Noted {
    fn fields(&self, places: &[Place], _: &mut [Fields]) -> Result<(), PictureError> {
        self.places().extend_from_slice(places);
        Ok(())
    }
}

/// Gives the fields that were made, in the order in which they were asked for.
struct Made {
    fields: Vec<Fields>,
    next: AtomicUsize,
}

impl Made {
    /// Of a network's outputs, which are u8 values.
    fn new(outputs: &[i32]) -> Self {
        let fields =
            |&[tone, accent, edge]: &[i32; 3]| Fields { tone: tone as u8, accent: accent as u8, edge: edge as u8 };
        Self { fields: outputs.as_chunks().0.iter().map(fields).collect(), next: AtomicUsize::new(0) }
    }
}

impl Concept for Made {
    fn fields(&self, places: &[Place], fields: &mut [Fields]) -> Result<(), PictureError> {
        let start = self.next.fetch_add(places.len(), Ordering::Relaxed);
        fields.copy_from_slice(&self.fields[start..start + places.len()]);
        Ok(())
    }
}
