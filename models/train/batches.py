"""Owns what one training step sees: the mix of pairs, groups, single sentences and tagged rows, and its teacher rows."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

import corpora
import labels
import tagging
from augment import noisy
from fold import fold
from teacher import Cache, kept_projection

SAME_MEANING = 0.72  # centroids of groups of different sets closer than this are not used as each other's negatives


class Batches:
    def __init__(self, root: Path, work: Path, tokenizer: Tokenizer, seed: int) -> None:
        self.rng = random.Random(seed)
        self.tokenizer = tokenizer
        cache = Cache(work / "teacher")
        raw = cache.matrix().astype(np.float32)
        self.basis = kept_projection(work, raw)
        self.index, self.teacher = cache.index, raw @ self.basis
        self.teacher /= np.linalg.norm(self.teacher, axis=1, keepdims=True)
        by_source: dict[str, list[tuple[str, str]]] = {}
        for zh, en, source in corpora.pairs(root):
            if en in self.index:
                by_source.setdefault(source, []).append((zh, en))
        self.pairs = by_source
        self.english_of = {zh: en for zh, en in self.pairs.get("written", [])}
        self.singles = sorted(self.index)
        self.groups = corpora.trained_groups(root)
        self.written = [i for i, g in enumerate(self.groups) if g.source.startswith("written.")]
        self.public = [i for i, g in enumerate(self.groups) if not g.source.startswith("written.")]
        self.trades: dict[str, list[int]] = {}
        for i in self.written:
            self.trades.setdefault(self.groups[i].source, []).append(i)
        self.weights = [{"multidogo": 0.3, "snips": 0.5, "bitext": 2.0}.get(self.groups[i].source, 1.0) for i in self.public]
        self._relate()
        self.tagged = [tagging.encode(tokenizer, r) for r in tagging.train_rows(root, seed)]
        self.tagged = [x for x in self.tagged if 0 < len(x[0]) <= 48]
        self._label_pool(root)

    def _relate(self) -> None:
        """Which groups may stand as negatives of which, and the close ones of the same set."""
        centre = np.zeros((len(self.groups), self.teacher.shape[1]), np.float32)
        for i, g in enumerate(self.groups):
            known = [self.index[t] for t in g.en if t in self.index]
            if known:
                centre[i] = self.teacher[known].mean(0)
        centre /= np.linalg.norm(centre, axis=1, keepdims=True).clip(1e-6)
        close = centre @ centre.T
        source = np.array([g.source for g in self.groups])
        name = np.array([g.name.split(".")[-1] for g in self.groups])
        other_set = source[:, None] != source[None, :]
        self.unsafe = (other_set & ((close > SAME_MEANING) | (name[:, None] == name[None, :])))
        np.fill_diagonal(self.unsafe, False)
        ranked = np.where(self.unsafe, -1, close)
        np.fill_diagonal(ranked, -1)
        written = np.array([s.startswith("written.") for s in source])
        ranked[written[:, None] != written[None, :]] -= 1  # neighbours of the same kind first
        self.close = np.argsort(-ranked, axis=1)[:, :12]

    def _label_pool(self, root: Path) -> None:
        self.label_of = [labels.intent_of(g.source, g.name) for g in self.groups]
        pool: dict[str, list[str]] = {}
        for g, label in zip(self.groups, self.label_of):
            if label:
                part = g.en + g.zh * (3 if len(g.zh) else 1)
                pool.setdefault(label, []).extend(part if len(part) < 400 else self.rng.sample(part, 400))
        for label, lines in corpora.acts():
            name = {"wants_person": "talk_to_person"}.get(label, label)
            pool.setdefault(name, []).extend(t for line in lines for t in line if t)
        for text, kind in corpora.out_of_scope():
            if kind in labels.OUT_OF_SCOPE and not corpora.held_out(text):
                pool.setdefault(labels.OUT_OF_SCOPE[kind], []).extend([text] * 6)
        pool.setdefault("chitchat", []).extend(corpora.chitchat(root))
        everyday = [z for z, _ in self.pairs["tatoeba"]] + [e for _, e in self.pairs["tatoeba"]]
        pool["other"] += self.rng.sample(everyday, 1_500)
        self.pool = {k: pool[k] for k in labels.INTENTS}

    def _ids(self, texts: list[str], chance: float) -> list[list[int]]:
        return [e.ids for e in self.tokenizer.encode_batch([fold(noisy(t, self.rng, chance)) for t in texts])]

    def _chosen_groups(self, written: int, public: int) -> list[int]:
        """A FAQ's worth of some trades, then random groups, each with a close neighbour: near misses are what a FAQ
        must keep apart."""
        out: dict[int, None] = {}
        while len(out) < written * 2 // 3:
            trade = self.trades[self.rng.choice(list(self.trades))]
            out |= dict.fromkeys(self.rng.sample(trade, min(8, len(trade))))
        while len(out) < written:
            i = self.rng.choice(self.written)
            out[i] = out[int(self.rng.choice(self.close[i]))] = None
        count = len(out)
        while len(out) < count + public:
            i = self.rng.choices(self.public, self.weights)[0]
            out[i] = None
            if self.rng.random() < 0.5:
                out[int(self.rng.choice(self.close[i]))] = None
        return list(out)

    def step(self, pairs: int, written: int, public: int, singles: int, labelled: int, noise: float) -> dict:
        """Texts in one list; `pair`, `group`, `label` and `teacher` say what is known of each."""
        rng, texts, group, label, teacher = self.rng, [], [], [], []

        def add(text: str, known: str | None, g: int = -1, name: str | None = None) -> None:
            texts.append(text)
            group.append(g)
            label.append(labels.INTENTS.index(name) if name else -1)
            teacher.append(self.index.get(known, -1) if known else -1)

        sources = ["dialogue_human"] * 2 + ["dialogue_machine"] + ["tatoeba"] * 3 + ["x_risawoz"] * (rng.random() < 0.3)
        sources += ["written"] * 6 * ("written" in self.pairs)
        chosen = [rng.choice(self.pairs[rng.choice(sources)]) for _ in range(pairs)]
        for zh, en in chosen:
            add(en, en)
        for zh, en in chosen:
            add(zh, en)
        for g in self._chosen_groups(written, public):
            have = self.groups[g]
            take = [(t, t) for t in rng.sample(have.en, min(2, len(have.en)))]
            take += [(t, self.english_of.get(t)) for t in rng.sample(have.zh, min(2, len(have.zh)))]
            for text, known in take:
                add(text, known, g, self.label_of[g])
        for text in rng.sample(self.singles, singles):
            add(text, text)
        for name in rng.choices(labels.INTENTS, k=labelled):
            text = rng.choice(self.pool[name])
            add(text, text if not corpora.is_zh(text) else None, -1, name)
        known = np.array(teacher)
        return {
            "ids": self._ids(texts, noise), "pairs": pairs,
            "group": torch.tensor(group), "label": torch.tensor(label),
            "has_teacher": torch.from_numpy(known >= 0),
            "teacher": torch.from_numpy(np.where((known >= 0)[:, None], self.teacher[known], 0.0)).float(),
        }

    def tags(self, count: int) -> tuple[list[list[int]], list[list[int]]]:
        rows = self.rng.sample(self.tagged, count)
        return [r[0] for r in rows], [r[1] for r in rows]
