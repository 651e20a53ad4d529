"""Owns the shape of the network: the encoder, its two heads, and the int8 rounding it is trained under.

Every matrix is stored row by row as int8 with one scale a row. `quantize_rows` is the only place that rounds;
training with `fake_quant = True` and the exported file therefore hold the same numbers.
"""

from __future__ import annotations

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

EMB, WIDTH, HEADS, INNER, LAYERS, POSITIONS = 96, 192, 4, 512, 4, 64
EPS = 1e-5


# Largest stored integer. Tables have fewer levels than matrices: a row is looked up and normalized, so its rounding
# averages out, and what the download saves is entropy (a byte of 6 bits compresses to 6 bits).
MATRIX_LEVEL_MAX, TABLE_LEVEL_MAX = 127, 31


def quantize_rows(weight: torch.Tensor, level_max: int) -> tuple[torch.Tensor, torch.Tensor]:
    """(int8 rows, f32 scale of each row); symmetric, scale = max|row| / level_max."""
    scale = weight.detach().abs().amax(1).clamp_min(1e-8) / level_max
    return torch.round(weight.detach() / scale[:, None]).clamp(-level_max, level_max).to(torch.int8), scale


def rounded(weight: torch.Tensor, level_max: int) -> torch.Tensor:
    """The weight as the exported file holds it; gradients pass straight through."""
    q, scale = quantize_rows(weight, level_max)
    return weight + (q.float() * scale[:, None] - weight).detach()


class Matrix(nn.Module):
    """y = W x + b with W stored [out, in]."""

    level_max = MATRIX_LEVEL_MAX

    def __init__(self, inner: int, outer: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outer, inner) * inner**-0.5)
        self.bias = nn.Parameter(torch.zeros(outer))
        self.fake_quant = False
        self.half = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        weight = rounded(self.weight, self.level_max) if self.fake_quant else self.weight
        if self.half and self.training:
            return F.linear(x.bfloat16(), weight.bfloat16(), self.bias.bfloat16())
        return F.linear(x, weight, self.bias)


class Rows(nn.Module):
    """A table looked up by row number."""

    level_max = TABLE_LEVEL_MAX

    def __init__(self, count: int, width: int, std: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(count, width) * std)
        self.fake_quant = False

    def forward(self, index: torch.Tensor) -> torch.Tensor:
        return F.embedding(index, rounded(self.weight, self.level_max) if self.fake_quant else self.weight)


class Norm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(WIDTH))
        self.beta = nn.Parameter(torch.zeros(WIDTH))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.layer_norm(x, (WIDTH,), self.gamma, self.beta, EPS)


class Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.ln1, self.ln2 = Norm(), Norm()
        self.q, self.k, self.v, self.o = (Matrix(WIDTH, WIDTH) for _ in range(4))
        self.w1, self.w2 = Matrix(WIDTH, INNER), Matrix(INNER, WIDTH)
        with torch.no_grad():  # quiet residual branches at the start
            self.o.weight *= (2 * LAYERS) ** -0.5
            self.w2.weight *= (2 * LAYERS) ** -0.5

    def forward(self, x: torch.Tensor, keeps: list[torch.Tensor]) -> torch.Tensor:
        """x: the tokens of all batches in one list; keeps: of each batch, which are not padding."""
        h = self.ln1(x)
        parts = (m(h).split([k.numel() for k in keeps]) for m in (self.q, self.k, self.v))
        mixed = torch.cat([attend(q, k, v, keep) for q, k, v, keep in zip(*parts, keeps)])
        x = x + self.o(mixed).float()
        return x + self.w2(torch.relu(self.w1(self.ln2(x)))).float()


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, keep: torch.Tensor) -> torch.Tensor:
    q, k, v = (t.view(*keep.shape, HEADS, WIDTH // HEADS).transpose(1, 2) for t in (q, k, v))
    scores = (q @ k.transpose(-1, -2)).float() * (WIDTH // HEADS) ** -0.5
    share = scores.masked_fill(~keep[:, None, None, :], -1e4).softmax(-1).to(v.dtype)
    return (share @ v).transpose(1, 2).reshape(-1, WIDTH)


class Encoder(nn.Module):
    def __init__(self, vocab: int, intents: int, tags: int) -> None:
        super().__init__()
        self.emb = Rows(vocab, EMB, 1.0)
        self.pos = Rows(POSITIONS, WIDTH, 0.1)
        self.proj = Matrix(EMB, WIDTH)
        self.ln_emb, self.ln_f = Norm(), Norm()
        self.layer = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.intent = Matrix(WIDTH, intents)
        self.tag = Matrix(WIDTH, tags)

    def tokens(self, batches: list[torch.Tensor]) -> list[torch.Tensor]:
        """Each batch: [n, s] ids, 0 = padding -> [n, s, 192]. One multiplication serves all batches."""
        keeps = [ids != 0 for ids in batches]
        at = torch.cat([torch.arange(k.shape[1], device=k.device).expand(k.shape).flatten() for k in keeps])
        x = self.proj(self.emb(torch.cat([ids.flatten() for ids in batches]))).float() + self.pos(at)
        x = self.ln_emb(x)
        for layer in self.layer:
            x = layer(x, keeps)
        parts = self.ln_f(x).split([k.numel() for k in keeps])
        return [y.view(*k.shape, WIDTH) for y, k in zip(parts, keeps)]

    def forward(self, ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(unit vector [n, 192], token states [n, s, 192])."""
        y = self.tokens([ids])[0]
        return pool(y, ids), y

    def vectors(self, rows: list[list[int]], pieces: int = 6) -> torch.Tensor:
        """Unit vectors of all rows, in order; cut by length so that little of the work is padding."""
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        size = math.ceil(len(order) / pieces)
        device = self.emb.weight.device
        batches = [pad([rows[i] for i in order[s : s + size]]).to(device) for s in range(0, len(order), size)]
        found = torch.cat([pool(y, ids) for y, ids in zip(self.tokens(batches), batches)])
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        return found[back.to(device)]

    def set_half(self, on: bool) -> None:
        """Multiplies in bfloat16 while training: a third of the time on processors that have it."""
        for module in self.modules():
            if isinstance(module, Matrix):
                module.half = on

    def set_fake_quant(self, on: bool) -> None:
        for module in self.modules():
            if isinstance(module, (Matrix, Rows)):
                module.fake_quant = on


def pool(y: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    """Mean of the token states that are not padding, at unit length."""
    keep = (ids != 0).unsqueeze(-1).to(y.dtype)
    return F.normalize((y * keep).sum(1) / keep.sum(1).clamp_min(1), dim=-1)


def pad(rows: list[list[int]]) -> torch.Tensor:
    """Token id lists -> [n, longest], at most 64 wide; an empty text becomes one [UNK]."""
    rows = [r[:POSITIONS] or [1] for r in rows]
    out = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    for i, row in enumerate(rows):
        out[i, : len(row)] = torch.tensor(row)
    return out
