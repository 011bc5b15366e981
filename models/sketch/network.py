"""A latent diffusion model with the parts, the operators and the files of Stable Diffusion, small enough to learn on two
cores: text encoder (Radford et al. 2021), U-Net with cross-attention (Rombach et al. 2022), autoencoder."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from words import LENGTH, vocabulary

TEXT, LATENT, FACTOR = 64, 4, 8


class Attention(nn.Module):
    """Of values on themselves, or on a context."""

    def __init__(self, width, context=None, heads=4):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(context or width, width, bias=False)
        self.value = nn.Linear(context or width, width, bias=False)
        self.out = nn.Linear(width, width)

    def forward(self, x, context=None, mask=None):
        context = x if context is None else context
        split = lambda t: t.reshape(t.shape[0], -1, self.heads, t.shape[2] // self.heads).transpose(1, 2)
        query, key, value = split(self.query(x)), split(self.key(context)), split(self.value(context))
        scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
        weights = (scores if mask is None else scores + mask).softmax(-1)
        return self.out((weights @ value).transpose(1, 2).flatten(2))


class TextLayer(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(TEXT), nn.LayerNorm(TEXT)
        self.attention = Attention(TEXT)
        self.wide, self.narrow = nn.Linear(TEXT, 4 * TEXT), nn.Linear(4 * TEXT, TEXT)

    def forward(self, x, mask):
        x = x + self.attention(self.norm1(x), mask=mask)
        wide = self.wide(self.norm2(x))
        return x + self.narrow(wide * torch.sigmoid(1.702 * wide))


class TextEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(len(vocabulary()[0]), TEXT)
        self.places = nn.Parameter(0.02 * torch.randn(LENGTH, TEXT))
        self.layers = nn.ModuleList(TextLayer() for _ in range(2))
        self.norm = nn.LayerNorm(TEXT)
        self.register_buffer("mask", torch.full((LENGTH, LENGTH), -1e4).triu(1))

    def forward(self, input_ids):
        x = self.tokens(input_ids) + self.places
        for layer in self.layers:
            x = layer(x, self.mask)
        x = self.norm(x)
        return x, x[:, -1]


class Residual(nn.Module):
    def __init__(self, before, after, time=None):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(8, before), nn.GroupNorm(8, after)
        self.conv1, self.conv2 = nn.Conv2d(before, after, 3, padding=1), nn.Conv2d(after, after, 3, padding=1)
        self.time = nn.Linear(time, after) if time else None
        self.shortcut = nn.Conv2d(before, after, 1) if before != after else nn.Identity()

    def forward(self, x, time=None):
        y = self.conv1(F.silu(self.norm1(x)))
        if self.time is not None:
            y = y + self.time(F.silu(time))[:, :, None, None]
        return self.shortcut(x) + self.conv2(F.silu(self.norm2(y)))


class Spatial(nn.Module):
    """Places look at each other, then at the text."""

    def __init__(self, width):
        super().__init__()
        self.norm = nn.GroupNorm(8, width)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width) for _ in range(3))
        self.own, self.text = Attention(width), Attention(width, TEXT)
        self.wide, self.narrow = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x, text):
        y = self.norm(x).flatten(2).transpose(1, 2)
        y = y + self.own(self.norm1(y))
        y = y + self.text(self.norm2(y), text)
        y = y + self.narrow(F.gelu(self.wide(self.norm3(y))))
        return x + y.transpose(1, 2).reshape(x.shape)


class UNet(nn.Module):
    def __init__(self, width=48):
        super().__init__()
        time = 4 * width
        self.width = width
        self.time1, self.time2 = nn.Linear(width, time), nn.Linear(time, time)
        self.first = nn.Conv2d(LATENT, width, 3, padding=1)
        self.down, self.down_look = Residual(width, width, time), Spatial(width)
        self.smaller = nn.Conv2d(width, 2 * width, 3, stride=2, padding=1)
        self.mid1, self.mid_look, self.mid2 = Residual(2 * width, 2 * width, time), Spatial(2 * width), Residual(2 * width, 2 * width, time)
        self.larger = nn.Conv2d(2 * width, width, 3, padding=1)
        self.up, self.up_look = Residual(2 * width, width, time), Spatial(width)
        self.norm, self.last = nn.GroupNorm(8, width), nn.Conv2d(width, LATENT, 3, padding=1)

    def forward(self, sample, timestep, encoder_hidden_states):
        half = self.width // 2
        speeds = torch.exp(-math.log(10_000) * torch.arange(half, dtype=torch.float32) / half)
        angles = timestep.float().reshape(-1, 1) * speeds
        time = self.time2(F.silu(self.time1(torch.cat([angles.cos(), angles.sin()], -1))))
        text = encoder_hidden_states
        x = self.down_look(self.down(self.first(sample), time), text)
        y = self.mid2(self.mid_look(self.mid1(self.smaller(x), time), text), time)
        y = self.larger(F.interpolate(y, scale_factor=2.0, mode="nearest"))
        y = self.up_look(self.up(torch.cat([x, y], 1), time), text)
        return self.last(F.silu(self.norm(y)))


class Encoder(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        smaller = lambda a, b: nn.Conv2d(a, b, 3, stride=2, padding=1)
        self.layers = nn.Sequential(
            smaller(3, width), Residual(width, width), smaller(width, width), Residual(width, width),
            smaller(width, 2 * width), Residual(2 * width, 2 * width),
            nn.GroupNorm(8, 2 * width), nn.SiLU(), nn.Conv2d(2 * width, 2 * LATENT, 3, padding=1),
        )  # fmt: skip

    def forward(self, sample):
        return self.layers(sample)


class Decoder(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        larger = lambda a, b: nn.Sequential(nn.Upsample(scale_factor=2.0, mode="nearest"), nn.Conv2d(a, b, 3, padding=1))
        self.layers = nn.Sequential(
            nn.Conv2d(LATENT, 2 * width, 3, padding=1), Residual(2 * width, 2 * width),
            larger(2 * width, width), Residual(width, width), larger(width, width), Residual(width, width),
            larger(width, width), nn.GroupNorm(8, width), nn.SiLU(), nn.Conv2d(width, 3, 3, padding=1),
        )  # fmt: skip

    def forward(self, latent_sample):
        return self.layers(latent_sample)
