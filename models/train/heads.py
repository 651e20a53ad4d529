"""Owns the last step of training: fitting the two linear heads to convergence on the frozen, rounded trunk.

    python heads.py --data ../../../shared/data --work WORK --run main

The trunk's output is computed once, so thousands of steps of the heads cost seconds. Writes WORK/<run>-heads.pt, a
checkpoint for export.py. Retrieval is untouched: it does not pass through the heads.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import argparse
from pathlib import Path

import torch
import torch.nn.functional as F

import corpora
import labels
import vocab
from augment import noisy
from batches import Batches
from encoder import Encoder, Matrix, pad
from fold import fold

PER_LABEL = 500


@torch.inference_mode()
def states(model: Encoder, rows: list[list[int]]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """(vector, token states) of every row, in order."""
    out: list = [None] * len(rows)
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    for start in range(0, len(order), 128):
        part = order[start : start + 128]
        vectors, tokens = model(pad([rows[i] for i in part]))
        for j, i in enumerate(part):
            out[i] = vectors[j].clone(), tokens[j, : len(rows[i])].clone()
    return out


def fit(head: Matrix, x: torch.Tensor, y: torch.Tensor, steps: int, batch: int, peak: float, decay: float) -> None:
    """Softmax regression under int8 rounding; the rate falls in a straight line."""
    head.fake_quant = True
    optimizer = torch.optim.AdamW(head.parameters(), lr=peak, weight_decay=decay)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = peak * (1 - step / steps)
        pick = torch.randint(len(x), (batch,))
        loss = F.cross_entropy(head(x[pick]), y[pick], label_smoothing=0.02)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if (step + 1) % (steps // 4) == 0:
            print(f"  step {step + 1}/{steps}  loss {loss.item():.3f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--work", required=True)
    parser.add_argument("--run", default="last")
    parser.add_argument("--artifacts", default=str(corpora.HERE.parent / "artifacts"))
    parser.add_argument("--tagged", type=int, default=16_000)
    parser.add_argument("--seed", type=int, default=21)
    args = parser.parse_args()
    torch.set_num_threads(2)
    torch.manual_seed(args.seed)
    work, tokenizer = Path(args.work), vocab.load(Path(args.artifacts))
    batches = Batches(corpora.data_root(args.data), work, tokenizer, args.seed)
    model = Encoder(tokenizer.get_vocab_size(), len(labels.INTENTS), len(labels.TAGS))
    model.load_state_dict(torch.load(work / f"{args.run}.pt", map_location="cpu", weights_only=True)["model"])
    model.eval()
    model.set_fake_quant(True)

    texts, truth, rng = [], [], batches.rng
    for name, pool in batches.pool.items():
        chosen = rng.sample(pool, PER_LABEL) if len(pool) > PER_LABEL * 2 else rng.choices(pool, k=PER_LABEL)
        texts += [noisy(t, rng, 0.3) for t in chosen]
        truth += [labels.INTENTS.index(name)] * PER_LABEL
    rows = [e.ids or [1] for e in tokenizer.encode_batch([fold(t) for t in texts])]
    x = torch.stack([v for v, _ in states(model, rows)])
    print(f"intent head on {len(x)} lines", flush=True)
    fit(model.intent, x, torch.tensor(truth), 3_000, 512, 0.1, 0.02)

    tagged = rng.sample(batches.tagged, min(args.tagged, len(batches.tagged)))
    found = states(model, [ids for ids, _ in tagged])
    x = torch.cat([t for _, t in found])
    y = torch.cat([torch.tensor(want) for _, want in tagged])
    x, y = x[y >= 0], y[y >= 0]
    print(f"tag head on {len(x)} words", flush=True)
    fit(model.tag, x, y, 3_000, 1_024, 0.02, 0.0)
    torch.save({"model": model.state_dict()}, work / f"{args.run}-heads.pt")


if __name__ == "__main__":
    main()
