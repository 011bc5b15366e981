"""Trains the model: the autoencoder first, then text encoder and U-Net on its latents.

    python train.py FOLDER [SHARE]

SHARE of the usual number of steps, which take half an hour on two cores.

Writes its weights and scale to FOLDER/weights.pt."""

import pathlib
import sys

import numpy as np
import torch
from torch.nn import functional as F

from network import Decoder, Encoder, TextEncoder, UNet
from pictures import batch
from words import ids

STEPS, BATCH = 1000, 32
BETAS = torch.linspace(0.00085**0.5, 0.012**0.5, STEPS) ** 2
KEPT = (1 - BETAS).cumprod(0)


def learn(parameters, steps, rate, loss_of):
    """Adam with a cosine schedule; says how it goes."""
    parameters, losses = list(parameters), []
    optimizer = torch.optim.AdamW(parameters, rate, weight_decay=1e-4)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate * (0.5 + 0.5 * np.cos(np.pi * step / steps)) * min(1, (step + 1) / 100)
        loss = loss_of()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        losses.append(loss.item())
        if step % 100 == 99:
            print(f"{step + 1} of {steps}: {np.mean(losses[-100:]):.4f}", flush=True)


def main():
    folder, share = pathlib.Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 1
    torch.manual_seed(1)
    numbers = np.random.default_rng(1)
    encoder, decoder, text, unet = Encoder(), Decoder(), TextEncoder(), UNet()

    def autoencode():
        pictures = torch.from_numpy(batch(numbers, 24)[0])
        mean, spread = encoder(pictures).chunk(2, 1)
        spread = spread.clamp(-20, 10)
        made = decoder(mean + torch.exp(0.5 * spread) * torch.randn_like(mean))
        divergence = 0.5 * (mean**2 + spread.exp() - 1 - spread).mean()
        return F.l1_loss(made, pictures) + F.mse_loss(made, pictures) + 1e-4 * divergence

    learn([*encoder.parameters(), *decoder.parameters()], int(1000 * share), 2e-3, autoencode)
    with torch.no_grad():
        latents, captions = [], []
        for _ in range(80):
            pictures, words = batch(numbers, 50)
            latents.append(encoder(torch.from_numpy(pictures)).chunk(2, 1)[0])
            captions += words
        latents = torch.cat(latents)
        scale = 1 / latents.std().item()
        latents, tokens = latents * scale, torch.tensor([ids(caption) for caption in captions])
        nothing = torch.tensor(ids(""))

    def denoise():
        chosen = torch.from_numpy(numbers.integers(len(latents), size=BATCH))
        steps = torch.from_numpy(numbers.integers(STEPS, size=BATCH))
        clean, noise = latents[chosen], torch.randn(BATCH, *latents.shape[1:])
        kept = KEPT[steps][:, None, None, None]
        # A tenth is drawn without words, for guidance.
        prompt = torch.where(torch.rand(BATCH, 1) < 0.1, nothing, tokens[chosen])
        found = unet(kept.sqrt() * clean + (1 - kept).sqrt() * noise, steps, text(prompt)[0])
        return F.mse_loss(found, noise)

    learn([*text.parameters(), *unet.parameters()], int(3000 * share), 1e-3, denoise)
    parts = {"decoder": decoder, "encoder": encoder, "text": text, "unet": unet}
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: part.state_dict() for name, part in parts.items()}
    torch.save({"scale": scale, **weights}, folder / "weights.pt")


main()
