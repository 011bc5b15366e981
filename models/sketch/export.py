"""Writes the model as Hugging Face's `optimum` exports Stable Diffusion: ONNX files, tokenizer and settings.

    python export.py WEIGHTS FOLDER"""

import json
import pathlib
import sys

import torch

import words
from network import FACTOR, LATENT, TEXT, Decoder, Encoder, TextEncoder, UNet


def main():
    weights, folder = torch.load(sys.argv[1]), pathlib.Path(sys.argv[2])

    def write(name, part, key, inputs, outputs, open_sides):
        (folder / name).mkdir(parents=True, exist_ok=True)
        part.load_state_dict(weights[key])
        names = list(inputs)
        torch.onnx.export(
            part.eval(), tuple(inputs.values()), folder / name / "model.onnx", input_names=names,
            output_names=outputs, dynamic_axes=open_sides, opset_version=14, do_constant_folding=True,
        )  # fmt: skip

    def settings(path, **values):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(json.dumps(values, indent=2) + "\n")

    tokens = torch.tensor([words.ids("a red circle")])
    batch = {0: "batch_size"}
    write(
        "text_encoder", TextEncoder(), "text", {"input_ids": tokens}, ["last_hidden_state", "pooler_output"],
        {"input_ids": batch, "last_hidden_state": batch, "pooler_output": batch},
    )  # fmt: skip
    sides = {0: "batch_size", 2: "height", 3: "width"}
    inputs = {
        "sample": torch.zeros(2, LATENT, FACTOR, FACTOR), "timestep": torch.tensor(1),
        "encoder_hidden_states": torch.zeros(2, words.LENGTH, TEXT),
    }  # fmt: skip
    write(
        "unet", UNet(), "unet", inputs, ["out_sample"],
        {"sample": sides, "encoder_hidden_states": batch, "out_sample": sides},
    )  # fmt: skip
    latent = {"latent_sample": torch.zeros(1, LATENT, FACTOR, FACTOR)}
    write("vae_decoder", Decoder(), "decoder", latent, ["sample"], {"latent_sample": sides, "sample": sides})
    words.write(folder / "tokenizer")
    (folder / "allowed_words.txt").write_text("\n".join(words.words()) + "\n")
    settings(
        "scheduler/scheduler_config.json", _class_name="DDIMScheduler", num_train_timesteps=1000, beta_start=0.00085,
        beta_end=0.012, beta_schedule="scaled_linear", prediction_type="epsilon", set_alpha_to_one=False, steps_offset=1,
        clip_sample=False, timestep_spacing="leading",
    )  # fmt: skip
    settings("vae_decoder/config.json", _class_name="AutoencoderKL", scaling_factor=weights["scale"], latent_channels=LATENT)
    settings("unet/config.json", _class_name="UNet2DConditionModel", sample_size=FACTOR, in_channels=LATENT, cross_attention_dim=TEXT)
    part = lambda kind: ["diffusers" if kind.endswith("Scheduler") else "optimum", kind]
    settings(
        "model_index.json", _class_name="StableDiffusionPipeline", scheduler=part("DDIMScheduler"),
        text_encoder=part("OnnxRuntimeModel"), tokenizer=["transformers", "CLIPTokenizer"],
        unet=part("OnnxRuntimeModel"), vae_decoder=part("OnnxRuntimeModel"), safety_checker=[None, None],
    )  # fmt: skip


main()
