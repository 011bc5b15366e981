"""Writes what diffusers' schedulers make of a few numbers, step by step, for src/diffusion/schedule/tests.rs.

    python schedules.py > schedules.json       # diffusers 0.25.1, torch 1.13"""

import json

import torch
from diffusers import DDIMScheduler, EulerDiscreteScheduler, PNDMScheduler

COMMON = dict(num_train_timesteps=1000, beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
CASES = [
    (DDIMScheduler, dict(clip_sample=False, set_alpha_to_one=False, steps_offset=1)),
    (DDIMScheduler, dict(clip_sample=True, set_alpha_to_one=True, prediction_type="v_prediction")),
    (DDIMScheduler, dict(clip_sample=False, timestep_spacing="trailing", beta_schedule="linear")),
    (DDIMScheduler, dict(clip_sample=False, timestep_spacing="linspace")),
    (PNDMScheduler, dict(skip_prk_steps=True, set_alpha_to_one=False, steps_offset=1)),
    (PNDMScheduler, dict(skip_prk_steps=True, prediction_type="v_prediction")),
    (EulerDiscreteScheduler, dict(timestep_spacing="leading", steps_offset=1)),
    (EulerDiscreteScheduler, dict(timestep_spacing="linspace", prediction_type="v_prediction")),
    (EulerDiscreteScheduler, dict(timestep_spacing="trailing")),
]
PLAIN = [(DDIMScheduler, {}), (PNDMScheduler, dict(skip_prk_steps=True)), (EulerDiscreteScheduler, {})]


def told(sample, time):
    """Some function of sample and time."""
    return 0.7 * torch.sin(sample) + 0.1 * float(time) / 1000


def main():
    made = []
    for kind, settings in [(kind, COMMON | settings) for kind, settings in CASES] + PLAIN:
        for steps in (1, 2, 7, 50):
            scheduler = kind(**settings)
            try:
                scheduler.set_timesteps(steps)
                sample = torch.tensor([0.3, -1.2, 0.01, 2.5], dtype=torch.float64) * float(scheduler.init_noise_sigma)
                samples = []
                for time in scheduler.timesteps:
                    seen = scheduler.scale_model_input(sample, time)
                    sample = scheduler.step(told(seen, time), time, sample).prev_sample
                    samples.append(sample.tolist())
            except (IndexError, RuntimeError):
                continue
            # What isn't said is as diffusers has it.
            config = {"_class_name": kind.__name__} | settings
            last = samples if steps < 50 else samples[-1:]
            made.append({"config": config, "times": [float(t) for t in scheduler.timesteps], "samples": last, "steps": steps})
    print(json.dumps(made, indent=0))


main()
