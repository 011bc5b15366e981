use serde::Deserialize;

use super::*;

/// What `diffusers` made of four numbers (`tests/schedules.py`).
const MADE: &str = include_str!("../../../tests/schedules.json");

#[derive(Deserialize)]
struct Case {
    config: Scheduler,
    times: Vec<f64>,
    steps: usize,
    /// After each step, or after the last one.
    samples: Vec<Vec<f64>>,
}

/// The network of the script.
fn told(sample: &[f32], time: f64) -> Vec<f32> {
    sample.iter().map(|&x| (0.7 * f64::from(x).sin() + 0.1 * time / 1000.0) as f32).collect()
}

#[test]
fn each_scheduler_goes_the_way_of_diffusers() {
    let cases: Vec<Case> = serde_json::from_str(MADE).expect("cases");
    assert!(cases.len() >= 36, "{}", cases.len());
    for case in cases {
        let name = format!("{:?}, {} steps", case.config, case.steps);
        let schedule = Schedule::new(&case.config).expect("a schedule");
        let mut run = schedule.run(case.steps);
        let close = |a: f64, b: f64| (a - b).abs() < 2e-3 * b.abs().max(0.1);
        assert!(run.times.len() == case.times.len(), "{name}: {:?}", run.times);
        assert!(run.times.iter().zip(&case.times).all(|(&a, &b)| (a - b).abs() < 1e-3), "{name}: {:?}", run.times);
        let mut sample: Vec<f32> = [0.3, -1.2, 0.01, 2.5].map(|x: f32| x * run.first_scale()).to_vec();
        let mut made = Vec::new();
        for time in run.times.clone() {
            let scale = run.scale();
            let seen: Vec<f32> = sample.iter().map(|x| x * scale).collect();
            sample = run.step(&sample, told(&seen, time));
            made.push(sample.clone());
        }
        let made = &made[made.len() - case.samples.len()..];
        for (found, right) in made.iter().zip(&case.samples) {
            let agree = found.iter().zip(right).all(|(&a, &b)| close(a.into(), b));
            assert!(agree, "{name}: {found:?}, not {right:?}");
        }
    }
}

#[test]
fn what_is_not_known_is_named() {
    let config = r#"{ "_class_name": "DDIMScheduler", "num_train_timesteps": 1000, "beta_start": 0.1, "beta_end": 0.2,
        "beta_schedule": "linear" }"#;
    let config: Scheduler = serde_json::from_str(config).expect("a configuration");
    let refused = |change: &dyn Fn(&mut Scheduler)| {
        let mut config = config.clone();
        change(&mut config);
        Schedule::new(&config).expect_err("it is not known")
    };
    assert!(refused(&|c| c.class = "HeunDiscreteScheduler".into()).contains("HeunDiscreteScheduler is not known"));
    assert!(refused(&|c| c.class = "PNDMScheduler".into()).contains("skip_prk_steps"));
    assert!(refused(&|c| c.prediction_type = "sample".into()).contains("prediction_type is sample"));
    assert!(refused(&|c| c.beta_schedule = "cosine".into()).contains("beta_schedule is cosine"));
    assert!(refused(&|c| c.timestep_spacing = Some("karras".into())).contains("`karras` is not known"));
    let refused_setting = |name: &str, value: serde_json::Value| {
        refused(&|c| drop(c.others.insert(name.into(), value.clone()))).contains(&format!("`{name}` is not known"))
    };
    assert!(refused_setting("use_karras_sigmas", true.into()));
    assert!(refused_setting("rescale_betas_zero_snr", true.into()));
    assert!(refused_setting("trained_betas", serde_json::json!([0.1])));
    assert!(refused(&|c| c.num_train_timesteps = 0).contains("num_train_timesteps is 0"));
}
