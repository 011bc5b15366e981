//! The JSON files beside a pipeline's networks.

use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Most bytes of such a file.
const MOST_BYTES: u64 = 1 << 20;

/// Reads one.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let bytes = crate::repository::read_at_most(path, MOST_BYTES)?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", path.display()))
}

/// `scheduler/scheduler_config.json`, as `diffusers` writes it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Scheduler {
    #[serde(rename = "_class_name")]
    pub class: String,
    pub num_train_timesteps: usize,
    pub beta_start: f64,
    pub beta_end: f64,
    pub beta_schedule: String,
    #[serde(default = "epsilon")]
    pub prediction_type: String,
    #[serde(default)]
    pub set_alpha_to_one: bool,
    #[serde(default)]
    pub steps_offset: usize,
    #[serde(default)]
    pub clip_sample: bool,
    #[serde(default = "leading")]
    pub timestep_spacing: String,
    #[serde(default)]
    pub skip_prk_steps: bool,
}

fn epsilon() -> String {
    "epsilon".into()
}

fn leading() -> String {
    "leading".into()
}

/// `vae_decoder/config.json`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Decoder {
    /// What latents were multiplied by while the U-Net learnt.
    #[serde(default = "stable_diffusion_1")]
    pub scaling_factor: f32,
}

fn stable_diffusion_1() -> f32 {
    0.18215
}

/// `unet/config.json`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct UNet {
    /// Sides of the latents that it learnt from.
    pub sample_size: usize,
    pub in_channels: usize,
}

/// `feature_extractor/preprocessor_config.json`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct FeatureExtractor {
    pub image_mean: [f32; 3],
    pub image_std: [f32; 3],
}
