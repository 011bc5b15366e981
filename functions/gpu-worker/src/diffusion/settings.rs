//! The JSON files beside a pipeline's networks.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Most bytes of such a file.
const MOST_BYTES: u64 = 1 << 20;

/// Reads one.
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let bytes = crate::repository::read_at_most(path, MOST_BYTES)?;
    serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", path.display()))
}

/// `model_index.json`: what a pipeline has, each as library and class.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Index {
    #[serde(default)]
    pub safety_checker: Option<(Option<String>, Option<String>)>,
}

/// `scheduler/scheduler_config.json`, as `diffusers` writes it. What is left out is as there, which differs by class.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Scheduler {
    #[serde(rename = "_class_name")]
    pub class: String,
    #[serde(default = "thousand")]
    pub num_train_timesteps: usize,
    #[serde(default = "first_beta")]
    pub beta_start: f64,
    #[serde(default = "last_beta")]
    pub beta_end: f64,
    #[serde(default = "linear")]
    pub beta_schedule: String,
    #[serde(default = "epsilon")]
    pub prediction_type: String,
    pub set_alpha_to_one: Option<bool>,
    #[serde(default)]
    pub steps_offset: usize,
    pub clip_sample: Option<bool>,
    pub timestep_spacing: Option<String>,
    #[serde(default)]
    pub skip_prk_steps: bool,
    /// All else.
    #[serde(flatten)]
    pub others: BTreeMap<String, Value>,
}

impl Scheduler {
    /// A setting that asks for what isn't done here, if there is one.
    pub(super) fn unknown(&self) -> Option<&str> {
        let is_neutral = |name: &str, value: &Value| match name {
            "use_karras_sigmas"
            | "use_exponential_sigmas"
            | "use_beta_sigmas"
            | "rescale_betas_zero_snr"
            | "thresholding" => {
                matches!(value, Value::Null | Value::Bool(false))
            }
            "trained_betas" | "sigma_min" | "sigma_max" => value.is_null(),
            "timestep_type" => value == "discrete",
            "interpolation_type" => value == "linear",
            "final_sigmas_type" => value == "zero",
            "clip_sample_range" => value.as_f64() == Some(1.0),
            // These belong to what is turned off above, or say who wrote the file.
            _ => true,
        };
        self.others.iter().find(|(name, value)| !is_neutral(name, value)).map(|(name, _)| name.as_str())
    }
}

fn thousand() -> usize {
    1000
}

fn first_beta() -> f64 {
    0.0001
}

fn last_beta() -> f64 {
    0.02
}

fn linear() -> String {
    "linear".into()
}

fn epsilon() -> String {
    "epsilon".into()
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
