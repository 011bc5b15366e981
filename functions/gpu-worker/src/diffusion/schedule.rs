//! From noise to a picture in steps: the schedulers that Stable Diffusion's repositories name, as `diffusers` defines
//! them. DDIM (Song et al. 2021) and PLMS (Liu et al. 2022) without noise on the way, and Euler's (Karras et al. 2022).

use super::settings::Scheduler;

/// How the next sample is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Ddim,
    Plms,
    Euler,
}

/// What the network tells of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tells {
    /// The noise in it.
    Noise,
    /// The velocity (Salimans & Ho 2022).
    Velocity,
}

/// Which steps of training are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spacing {
    Leading,
    Trailing,
    Linspace,
}

/// A scheduler of some model.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    method: Method,
    tells: Tells,
    spacing: Spacing,
    steps_offset: usize,
    clips: bool,
    /// What is left of the picture before the first step of training.
    kept_first: f64,
    /// The share of the picture, squared, that is left after each step of training.
    kept: Vec<f64>,
}

/// One picture's way.
#[derive(Clone, Debug)]
pub(super) struct Run<'a> {
    schedule: &'a Schedule,
    /// Steps of training at which the network is asked, highest first.
    pub times: Vec<f64>,
    /// Of Euler's: the noise at each of them, and none at the end.
    sigmas: Vec<f64>,
    /// Of PLMS: what the network told before, the last at the end.
    told: Vec<Vec<f32>>,
    /// Of PLMS: the sample of the first step, which is taken twice.
    first: Vec<f32>,
    turn: usize,
}

impl Schedule {
    pub(super) fn new(config: &Scheduler) -> Result<Self, String> {
        let method = match config.class.as_str() {
            "DDIMScheduler" => Method::Ddim,
            "PNDMScheduler" if config.skip_prk_steps => Method::Plms,
            "PNDMScheduler" => return Err("a PNDMScheduler without skip_prk_steps is not known here".into()),
            "EulerDiscreteScheduler" => Method::Euler,
            other => {
                return Err(format!(
                    "the scheduler {other} is not known here: DDIMScheduler, PNDMScheduler, EulerDiscreteScheduler"
                ));
            }
        };
        let tells = match config.prediction_type.as_str() {
            "epsilon" => Tells::Noise,
            "v_prediction" => Tells::Velocity,
            other => return Err(format!("the scheduler's prediction_type is {other}, not epsilon or v_prediction")),
        };
        if let Some(setting) = config.unknown() {
            return Err(format!("the scheduler's setting `{setting}` is not known here"));
        }
        let spacing = match (config.timestep_spacing.as_deref(), method) {
            (Some("linspace"), _) | (None, Method::Euler) => Spacing::Linspace,
            (Some("leading"), _) | (None, _) => Spacing::Leading,
            (Some("trailing"), _) => Spacing::Trailing,
            (Some(other), _) => return Err(format!("the scheduler's timestep_spacing `{other}` is not known here")),
        };
        if !(1..=100_000).contains(&config.num_train_timesteps) {
            return Err(format!("the scheduler's num_train_timesteps is {}", config.num_train_timesteps));
        }
        let betas = |transform: fn(f64) -> f64, back: fn(f64) -> f64| -> Vec<f64> {
            let (start, end) = (transform(config.beta_start), transform(config.beta_end));
            let last = (config.num_train_timesteps - 1).max(1) as f64;
            (0..config.num_train_timesteps).map(|step| back(start + (end - start) * step as f64 / last)).collect()
        };
        let betas = match config.beta_schedule.as_str() {
            "linear" => betas(|beta| beta, |beta| beta),
            "scaled_linear" => betas(f64::sqrt, |root| root * root),
            other => return Err(format!("the scheduler's beta_schedule is {other}, not linear or scaled_linear")),
        };
        let kept: Vec<f64> = betas
            .iter()
            .scan(1.0, |kept, beta| {
                *kept *= 1.0 - beta;
                Some(*kept)
            })
            .collect();
        let is_ddim = method == Method::Ddim;
        let kept_first = if config.set_alpha_to_one.unwrap_or(is_ddim) { 1.0 } else { kept[0] };
        let clips = is_ddim && config.clip_sample.unwrap_or(true);
        Ok(Self { method, tells, spacing, steps_offset: config.steps_offset, clips, kept_first, kept })
    }

    /// Starts a picture of so many steps.
    pub(super) fn run(&self, steps: usize) -> Run<'_> {
        let times = self.times(steps);
        let sigma = |time: &f64| {
            let (below, share) = (time.floor() as usize, time.fract());
            let at = |step: usize| {
                let kept = self.kept[step.min(self.kept.len() - 1)];
                ((1.0 - kept) / kept).sqrt()
            };
            at(below) * (1.0 - share) + at(below + 1) * share
        };
        let sigmas = times.iter().map(sigma).chain([0.0]).collect();
        let mut times = times;
        if self.method == Method::Plms && times.len() > 1 {
            times.insert(1, times[1]);
        }
        Run { schedule: self, times, sigmas, told: Vec::new(), first: Vec::new(), turn: 0 }
    }

    fn times(&self, steps: usize) -> Vec<f64> {
        let (all, steps_f) = (self.kept.len() as f64, steps as f64);
        let ratio = (self.kept.len() / steps) as f64;
        match self.spacing {
            Spacing::Leading => {
                let offset = self.steps_offset as f64;
                (0..steps).rev().map(|step| (step as f64 * ratio).round_ties_even() + offset).collect()
            }
            Spacing::Trailing => {
                (0..steps).map(|step| (all - step as f64 * all / steps_f).round_ties_even() - 1.0).collect()
            }
            Spacing::Linspace => {
                let time = |step: usize| (all - 1.0) * step as f64 / (steps_f - 1.0).max(1.0);
                let exact = (0..steps).rev().map(time);
                if self.method == Method::Euler { exact.collect() } else { exact.map(f64::round_ties_even).collect() }
            }
        }
    }

    /// What is left of the picture at a step of training; before the first, what the settings say.
    fn kept_at(&self, time: i64) -> f64 {
        match usize::try_from(time) {
            Ok(time) => self.kept[time.min(self.kept.len() - 1)],
            Err(_) => self.kept_first,
        }
    }
}

impl Run<'_> {
    /// By how much the first noise is multiplied.
    pub(super) fn first_scale(&self) -> f32 {
        let most = self.sigmas.first().copied().unwrap_or(1.0);
        match (self.schedule.method, self.schedule.spacing) {
            (Method::Euler, Spacing::Leading) => (most * most + 1.0).sqrt() as f32,
            (Method::Euler, _) => most as f32,
            _ => 1.0,
        }
    }

    /// By how much a sample is multiplied for the network.
    pub(super) fn scale(&self) -> f32 {
        match self.schedule.method {
            Method::Euler => (1.0 / (self.sigmas[self.turn].powi(2) + 1.0).sqrt()) as f32,
            _ => 1.0,
        }
    }

    /// The next sample, from this one and what the network told of it.
    pub(super) fn step(&mut self, sample: &[f32], told: Vec<f32>) -> Vec<f32> {
        let next = match self.schedule.method {
            Method::Ddim => self.ddim(sample, &told),
            Method::Plms => self.plms(sample, told),
            Method::Euler => self.euler(sample, &told),
        };
        self.turn += 1;
        next
    }

    fn ddim(&self, sample: &[f32], told: &[f32]) -> Vec<f32> {
        let (schedule, time) = (self.schedule, self.times[self.turn] as i64);
        let stride = (schedule.kept.len() / self.times.len()) as i64;
        let (now, then) = (schedule.kept_at(time), schedule.kept_at(time - stride));
        let (picture, noise) = (now.sqrt(), (1.0 - now).sqrt());
        each(sample, told, |x, told| {
            let (mut clean, noise) = match schedule.tells {
                Tells::Noise => ((x - noise * told) / picture, told),
                Tells::Velocity => (picture * x - noise * told, picture * told + noise * x),
            };
            if schedule.clips {
                clean = clean.clamp(-1.0, 1.0);
            }
            then.sqrt() * clean + (1.0 - then).sqrt() * noise
        })
    }

    fn plms(&mut self, sample: &[f32], told: Vec<f32>) -> Vec<f32> {
        let stride = (self.schedule.kept.len() / (self.times.len() - 1).max(1)) as i64;
        let time = self.times[self.turn] as i64;
        // The second turn takes the first step anew, with the mean of both slopes.
        let (from, to) = if self.turn == 1 { (time + stride, time) } else { (time, time - stride) };
        let mean = |weights: &[f64], parts: &[&[f32]]| -> Vec<f32> {
            let at = |place: usize| -> f64 {
                parts.iter().zip(weights).map(|(part, weight)| f64::from(part[place]) * weight).sum()
            };
            (0..sample.len()).map(|place| at(place) as f32).collect()
        };
        if self.turn == 1 {
            let before = self.told.last().cloned().unwrap_or_default();
            let slope = mean(&[0.5, 0.5], &[&told, &before]);
            let first = std::mem::take(&mut self.first);
            return self.plms_step(&first, &slope, from, to);
        }
        if self.turn == 0 {
            self.first = sample.to_vec();
        }
        self.told.drain(..self.told.len().saturating_sub(3));
        self.told.push(told);
        let parts: Vec<&[f32]> = self.told.iter().rev().map(Vec::as_slice).collect();
        let weights: &[f64] = match parts.len() {
            1 => &[1.0],
            2 => &[3.0 / 2.0, -1.0 / 2.0],
            3 => &[23.0 / 12.0, -16.0 / 12.0, 5.0 / 12.0],
            _ => &[55.0 / 24.0, -59.0 / 24.0, 37.0 / 24.0, -9.0 / 24.0],
        };
        let slope = mean(weights, &parts);
        self.plms_step(sample, &slope, from, to)
    }

    fn plms_step(&self, sample: &[f32], told: &[f32], from: i64, to: i64) -> Vec<f32> {
        let (now, then) = (self.schedule.kept_at(from), self.schedule.kept_at(to));
        let below = now * (1.0 - then).sqrt() + (now * (1.0 - now) * then).sqrt();
        each(sample, told, |x, told| {
            let noise = match self.schedule.tells {
                Tells::Noise => told,
                Tells::Velocity => now.sqrt() * told + (1.0 - now).sqrt() * x,
            };
            (then / now).sqrt() * x - (then - now) * noise / below
        })
    }

    fn euler(&self, sample: &[f32], told: &[f32]) -> Vec<f32> {
        let (now, then) = (self.sigmas[self.turn], self.sigmas[self.turn + 1]);
        each(sample, told, |x, told| {
            let clean = match self.schedule.tells {
                Tells::Noise => x - now * told,
                Tells::Velocity => x / (now * now + 1.0) - told * now / (now * now + 1.0).sqrt(),
            };
            x + (x - clean) / now * (then - now)
        })
    }
}

fn each(sample: &[f32], told: &[f32], next: impl Fn(f64, f64) -> f64) -> Vec<f32> {
    sample.iter().zip(told).map(|(&x, &told)| next(x.into(), told.into()) as f32).collect()
}

#[cfg(test)]
mod tests;
