//! Text to picture by latent diffusion (Rombach et al. 2022), from the folder that Hugging Face's `optimum` exports for
//! Stable Diffusion: `text_encoder`, `unet`, `vae_decoder`, `tokenizer`, `scheduler`, perhaps a `safety_checker`.
//!
//! A picture follows from prompt, seed and settings on one engine and device. Another engine rounds otherwise and draws
//! a slightly different one: so it can be attested and voted on, and nothing can be proved about it.

mod noise;
mod safety;
mod schedule;
mod settings;
mod words;

use std::path::Path;
use std::sync::Arc;

use crate::engine::{Engine, EngineError};
use crate::tensor::{DataType, Tensor};

use safety::Checker;
use schedule::Schedule;
use words::Words;

/// Most steps of a picture.
const MOST_STEPS: usize = 200;
/// Most guidance.
const MOST_GUIDANCE: f32 = 50.0;
/// Largest side of a picture.
const MOST_SIDE: usize = 1024;
/// Pixels to a latent, on each side.
const FACTOR: usize = 8;

/// What is to be drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wish {
    /// What it shows.
    pub prompt: String,
    /// What it shows not.
    pub negative_prompt: String,
    /// Which of all such pictures.
    pub seed: u64,
    /// Steps from noise to picture.
    pub steps: usize,
    /// How closely it follows the prompt; 1 or less asks no more of it than the network does.
    pub guidance: f32,
    /// Its sides, height first, if not the model's own.
    pub sides: Option<[usize; 2]>,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Height and width.
    pub sides: [usize; 2],
    /// RGB, row by row; black if it is flagged.
    pub pixels: Vec<u8>,
    /// Whether the safety checker objects to it, if there is one.
    pub is_flagged: Option<bool>,
}

/// The networks and what belongs to them.
pub struct Pipeline {
    text_encoder: Arc<dyn Engine>,
    unet: Arc<dyn Engine>,
    decoder: Arc<dyn Engine>,
    checker: Option<Checker>,
    words: Words,
    schedule: Schedule,
    scaling_factor: f32,
    sample_size: usize,
    channels: usize,
}

impl Pipeline {
    /// Reads the model in `folder` and draws something small with it; `open` makes an ONNX file ready. It needs
    /// `allowed_words.txt`, the words that prompts may hold, unless `are_all_allowed`, and the safety checker that its index
    /// names, unless `is_unchecked`.
    ///
    /// # Errors
    /// Names the file that is missing or wrong.
    pub fn read(
        folder: &Path,
        are_all_allowed: bool,
        is_unchecked: bool,
        open: impl Fn(&Path) -> Result<Arc<dyn Engine>, String>,
    ) -> Result<Self, String> {
        let decoder: settings::Decoder = settings::read(&folder.join("vae_decoder/config.json"))?;
        let unet: settings::UNet = settings::read(&folder.join("unet/config.json"))?;
        if !(1..=MOST_SIDE / FACTOR).contains(&unet.sample_size) || !(1..=64).contains(&unet.in_channels) {
            return Err(format!("unet/config.json: {} channels of {}²", unet.in_channels, unet.sample_size));
        }
        let index: settings::Index = settings::read(&folder.join("model_index.json"))?;
        let part = |name: &str| open(&folder.join(name).join("model.onnx"));
        let checker = Checker::read(folder, &open)?;
        let names_one = matches!(index.safety_checker, Some((Some(_), _) | (_, Some(_))));
        if checker.is_none() && names_one && !is_unchecked {
            return Err(
                "model_index.json names a safety checker, but safety_checker/model.onnx is missing; the parameter \
                        `safety` set to `off` does without"
                    .into(),
            );
        }
        let pipeline = Self {
            text_encoder: part("text_encoder")?,
            unet: part("unet")?,
            decoder: part("vae_decoder")?,
            checker,
            words: Words::read(folder, are_all_allowed)?,
            schedule: Schedule::new(&settings::read(&folder.join("scheduler/scheduler_config.json"))?)?,
            scaling_factor: decoder.scaling_factor,
            sample_size: unet.sample_size,
            channels: unet.in_channels,
        };
        let side = 8 * FACTOR;
        let small = Wish { steps: 1, guidance: 2.0, sides: Some([side, side]), ..Wish::default() };
        pipeline.draw(&small, &|| true).map_err(|error| format!("it draws nothing: {error}"))?;
        Ok(pipeline)
    }

    /// Whether there is a safety checker.
    pub fn is_checked(&self) -> bool {
        self.checker.is_some()
    }

    /// What runs it.
    pub fn engine(&self) -> &str {
        self.unet.name()
    }

    /// Draws a picture, as long as it is wanted.
    ///
    /// # Errors
    /// If the wish can't be met: a word that isn't allowed, a setting out of range.
    pub fn draw(&self, wish: &Wish, is_wanted: &dyn Fn() -> bool) -> Result<Picture, EngineError> {
        let sides = self.check(wish)?;
        let [height, width] = sides.map(|side| side / FACTOR);
        let guided = wish.guidance > 1.0;
        let mut prompts = vec![self.words.tokens(&wish.prompt).map_err(EngineError::Input)?];
        if guided {
            prompts.insert(0, self.words.tokens(&wish.negative_prompt).map_err(EngineError::Input)?);
        }
        let text = self.encode(&prompts)?;

        let mut run = self.schedule.run(wish.steps);
        let first = run.first_scale();
        let noise = noise::normal(wish.seed, self.channels * height * width);
        let mut sample: Vec<f32> = noise.into_iter().map(|x| x * first).collect();
        for time in run.times.clone() {
            if !is_wanted() {
                return Err(EngineError::Failed("nobody waits for the picture any more".into()));
            }
            let scale = run.scale();
            let seen: Vec<f32> = sample.iter().map(|x| x * scale).collect();
            let told = self.told(&seen.repeat(prompts.len()), [prompts.len(), height, width], time, &text)?;
            if told.len() != sample.len() * prompts.len() {
                let (found, right) = (told.len(), sample.len() * prompts.len());
                return Err(EngineError::Failed(format!("the U-Net gave {found} values instead of {right}")));
            }
            let told = match told.split_at(sample.len()) {
                (without, with) if guided => {
                    without.iter().zip(with).map(|(&a, &b)| a + wish.guidance * (b - a)).collect()
                }
                (told, _) => told.to_vec(),
            };
            sample = run.step(&sample, told);
        }
        self.decode(&sample, sides)
    }

    /// The picture's sides, if the wish can be met.
    fn check(&self, wish: &Wish) -> Result<[usize; 2], EngineError> {
        let wrong = |reason: String| Err(EngineError::Input(reason));
        let own = FACTOR * self.sample_size;
        let sides = wish.sides.unwrap_or([own, own]);
        if sides.iter().any(|side| side % (2 * FACTOR) != 0 || !(2 * FACTOR..=MOST_SIDE).contains(side)) {
            return wrong(format!(
                "a picture's sides are multiples of {} up to {MOST_SIDE}, not {sides:?}",
                2 * FACTOR
            ));
        }
        if !(1..=MOST_STEPS).contains(&wish.steps) {
            return wrong(format!("a picture takes 1 to {MOST_STEPS} steps, not {}", wish.steps));
        }
        if !(0.0..=MOST_GUIDANCE).contains(&wish.guidance) {
            return wrong(format!("guidance is 0 to {MOST_GUIDANCE}, not {}", wish.guidance));
        }
        Ok(sides)
    }

    /// What prompts mean to the U-Net.
    fn encode(&self, prompts: &[Vec<u32>]) -> Result<Tensor, EngineError> {
        let tokens: Vec<f64> = prompts.iter().flatten().map(|&token| token.into()).collect();
        let shape = vec![prompts.len(), prompts[0].len()];
        let input = as_asked(self.text_encoder.as_ref(), "input_ids", shape, &tokens)?;
        run(self.text_encoder.as_ref(), vec![input], "last_hidden_state")
    }

    /// What the U-Net tells of samples.
    fn told(
        &self,
        samples: &[f32],
        [count, height, width]: [usize; 3],
        time: f64,
        text: &Tensor,
    ) -> Result<Vec<f32>, EngineError> {
        let unet = self.unet.as_ref();
        let shape = vec![count, self.channels, height, width];
        let sample = Tensor::of_floats("sample", shape, samples);
        // `optimum` exports it without sides, and did with one.
        let sides =
            unet.signature().inputs.iter().find(|port| port.name == "timestep").map_or(0, |port| port.shape.len());
        let time = as_asked(unet, "timestep", vec![1; sides], &[time])?;
        let text = Tensor { name: "encoder_hidden_states".into(), ..text.clone() };
        Ok(run(unet, vec![sample, time, text], "out_sample")?.floats()?)
    }

    fn decode(&self, sample: &[f32], sides: [usize; 2]) -> Result<Picture, EngineError> {
        let [height, width] = sides;
        let latents: Vec<f32> = sample.iter().map(|x| x / self.scaling_factor).collect();
        let shape = vec![1, self.channels, height / FACTOR, width / FACTOR];
        let latents = Tensor::of_floats("latent_sample", shape, &latents);
        let planes = run(self.decoder.as_ref(), vec![latents], "sample")?.floats()?;
        if planes.len() != 3 * height * width {
            return Err(EngineError::Failed(format!("the decoder gave {} values for {sides:?}", planes.len())));
        }
        let value = |place: usize, channel: usize| {
            let value = planes[channel * height * width + place];
            ((value / 2.0 + 0.5).clamp(0.0, 1.0) * 255.0).round_ties_even() as u8
        };
        let mut pixels: Vec<u8> = (0..height * width).flat_map(|place| [0, 1, 2].map(|c| value(place, c))).collect();
        let is_flagged = match &self.checker {
            Some(checker) => Some(checker.objects(&pixels, sides)?),
            None => None,
        };
        if is_flagged == Some(true) {
            pixels.fill(0);
        }
        Ok(Picture { sides, pixels, is_flagged })
    }
}

/// Whole numbers as the type that a network asks for: exports differ in it.
fn as_asked(engine: &dyn Engine, name: &str, shape: Vec<usize>, values: &[f64]) -> Result<Tensor, EngineError> {
    let port = engine.signature().inputs.iter().find(|port| port.name == name);
    let datatype = port.ok_or_else(|| EngineError::Failed(format!("a network lacks the input `{name}`")))?.datatype;
    let data = match datatype {
        DataType::Int64 => values.iter().flat_map(|&value| (value as i64).to_le_bytes()).collect(),
        DataType::Int32 => values.iter().flat_map(|&value| (value as i32).to_le_bytes()).collect(),
        DataType::Fp32 => values.iter().flat_map(|&value| (value as f32).to_le_bytes()).collect(),
        DataType::Fp64 => values.iter().flat_map(|&value| value.to_le_bytes()).collect(),
        other => return Err(EngineError::Failed(format!("a network's input `{name}` is {other}"))),
    };
    Ok(Tensor { name: name.into(), datatype, shape, data })
}

/// One output of a network.
fn run(engine: &dyn Engine, inputs: Vec<Tensor>, output: &str) -> Result<Tensor, EngineError> {
    // What doesn't fit is the model's fault here, not the caller's.
    let failed = |error: EngineError| EngineError::Failed(error.to_string());
    let (inputs, _) = engine.signature().arrange(inputs).map_err(failed)?;
    let made = engine.run(&inputs, &|| true).map_err(failed)?;
    let missing = || EngineError::Failed(format!("a network lacks the output `{output}`"));
    made.into_iter().find(|tensor| tensor.name == output).ok_or_else(missing)
}
