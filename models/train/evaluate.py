"""Owns the measurements, on validation splits only.

    python evaluate.py --data ../../../shared/data [--weights ../artifacts/encoder.safetensors | --checkpoint WORK/last.pt]

Every figure of the encoder stands beside a TF-IDF (words + characters) baseline fitted on the same entries. The fused
score is `encoder + 0.3 x TF-IDF`; the weight was fixed before these measurements. Test splits are not read.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Callable

import numpy as np
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion

import corpora
import labels
import tagging
import vocab
from encoder import Encoder, pad
from fold import fold

FUSION = 0.3
SHOWN = 4  # phrasings that stand in the FAQ; the others are asked

Embed = Callable[[list[str]], np.ndarray]


def embedder(model: Encoder, tokenizer) -> Embed:
    @torch.inference_mode()
    def embed(texts: list[str]) -> np.ndarray:
        model.eval()
        ids = [e.ids for e in tokenizer.encode_batch([fold(t) for t in texts])]
        out = np.zeros((len(ids), 192), np.float32)
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        for start in range(0, len(order), 256):
            part = order[start : start + 256]
            out[part] = model(pad([ids[i] for i in part]))[0].numpy()
        return out

    return embed


def tfidf(entries: list[str], queries: list[str]) -> np.ndarray:
    words = TfidfVectorizer(token_pattern=r"(?u)[\u3400-\u9fff]|[^\W\u3400-\u9fff]+", ngram_range=(1, 2), sublinear_tf=True)
    chars = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
    union = FeatureUnion([("words", words), ("chars", chars)]).fit(entries)
    return (union.transform(queries) @ union.transform(entries).T).toarray() / 2


def per_label(scores: np.ndarray, owner: np.ndarray, count: int) -> np.ndarray:
    """[queries, labels]: the best score among each label's entries."""
    return np.stack([scores[:, owner == i].max(1) for i in range(count)], 1)


def nearest(embed: Embed, entries: list[str], owner: np.ndarray, queries: list[str], truth: np.ndarray, baseline: bool = True) -> dict:
    """Accuracy of: encoder (nearest phrasing + centroid, half each), TF-IDF nearest phrasing, both fused."""
    count = int(owner.max()) + 1
    e, q = embed(entries), embed(queries)
    centroid = np.stack([e[owner == i].mean(0) for i in range(count)])
    centroid /= np.linalg.norm(centroid, axis=1, keepdims=True)
    dense = 0.5 * per_label(q @ e.T, owner, count) + 0.5 * (q @ centroid.T)
    found = {"encoder": dense}
    if baseline:
        lexical = per_label(tfidf(entries, queries), owner, count)
        found |= {"tfidf": lexical, "fused": dense + FUSION * lexical}
    return {k: round(float((v.argmax(1) == truth).mean()), 4) for k, v in found.items()} | {"queries": len(queries), "labels": count}


def few_shot(embed: Embed, root: Path, name: str, shots: str, baseline: bool = True) -> dict:
    entries, queries = corpora.split(root, name, shots), corpora.split(root, name, "val")
    index = {k: i for i, k in enumerate(sorted({i for _, i in entries}))}
    return nearest(embed, [t for t, _ in entries], np.array([index[i] for _, i in entries]),
                   [t for t, _ in queries], np.array([index[i] for _, i in queries]), baseline)


def faq(embed: Embed, groups: list[corpora.Group], shown: str, asked: str, only_held_out: bool, baseline: bool = True) -> dict:
    """Queries come from intents no training step has seen. Entries: those intents, or all intents of the corpus."""
    pool = [g for g in groups if corpora.held_out(g.name) or not only_held_out]
    pool = [g for g in pool if len(getattr(g, shown)) > SHOWN and len(getattr(g, asked)) > SHOWN]
    entries, owner, queries, truth = [], [], [], []
    for i, g in enumerate(pool):
        texts = getattr(g, shown)
        step = len(texts) / SHOWN  # spread over the list: its first lines are the plainest
        picked = [texts[int(k * step)] for k in range(SHOWN)]
        entries += picked
        owner += [i] * SHOWN
        if corpora.held_out(g.name):
            rest = [t for t in getattr(g, asked) if t not in picked]
            queries += rest
            truth += [i] * len(rest)
    return nearest(embed, entries, np.array(owner), queries, np.array(truth), baseline)


def intent_head(model: Encoder, embed: Embed, root: Path) -> dict:
    """The head against Bitext's validation split."""
    pairs = [(t, labels.intent_of("bitext", i)) for t, i in corpora.split(root, "bitext", "val")]
    with torch.inference_mode():
        logits = model.intent(torch.from_numpy(embed([t for t, _ in pairs]))).numpy()
    truth = np.array([labels.INTENTS.index(i) for _, i in pairs])
    return {"accuracy": round(float((logits.argmax(1) == truth).mean()), 4), "queries": len(pairs)}


def head_out_of_scope(model: Encoder, embed: Embed, zh: bool) -> dict:
    """The head against written out-of-scope lines that it was not trained on."""
    pairs = [(t, labels.OUT_OF_SCOPE[k]) for t, k in corpora.out_of_scope()
             if k in labels.OUT_OF_SCOPE and corpora.held_out(t) and corpora.is_zh(t) == zh]
    with torch.inference_mode():
        logits = model.intent(torch.from_numpy(embed([t for t, _ in pairs]))).numpy()
    hits = [labels.INTENTS[i] == k for i, (_, k) in zip(logits.argmax(1), pairs)]
    return {"accuracy": round(float(np.mean(hits)), 4), "queries": len(pairs)}


def spans(tags: list[int]) -> set[tuple[int, int, str]]:
    out, start, kind = set(), 0, None
    for i, tag in enumerate([*tags, 0]):
        name = labels.TAGS[tag]
        if kind and name != f"I-{kind}":
            out.add((start, i, kind))
            kind = None
        if name[0] == "B" or (name[0] == "I" and kind is None):
            start, kind = i, name[2:]
    return out


def tagger(model: Encoder, tokenizer, rows: list[tagging.Row]) -> dict:
    """Span F1 at word level, exact borders; words left out of training are left out here."""
    hit = made = real = 0
    encoded = sorted((tagging.encode(tokenizer, r) for r in rows), key=lambda x: len(x[0]))
    encoded = [x for x in encoded if 0 < len(x[0]) <= 64]
    with torch.inference_mode():
        model.eval()
        for start in range(0, len(encoded), 128):
            part = encoded[start : start + 128]
            guess = model.tag(model(pad([i for i, _ in part]))[1]).argmax(-1).tolist()
            for (_, want), got in zip(part, guess):
                at = [i for i, w in enumerate(want) if w >= 0]
                a, b = spans([want[i] for i in at]), spans([got[i] for i in at])
                hit, made, real = hit + len(a & b), made + len(b), real + len(a)
    p, r = hit / max(made, 1), hit / max(real, 1)
    return {"f1": round(2 * p * r / max(p + r, 1e-9), 4), "precision": round(p, 4), "recall": round(r, 4), "spans": real}


def measure(model: Encoder, tokenizer, root: Path) -> dict:
    embed, groups = embedder(model, tokenizer), corpora.written()
    out = {f"{n}_{s}_val": few_shot(embed, root, n, s) for n in ("clinc150", "hwu64") for s in ("train_5", "train_10")}
    for shown, asked in [("en", "en"), ("zh", "zh"), ("en", "zh"), ("zh", "en")]:
        out[f"faq_{asked}_to_{shown}"] = faq(embed, groups, shown, asked, True)
        out[f"faq_{asked}_to_{shown}_among_all"] = faq(embed, groups, shown, asked, False)
    out["bitext_val_intent_head"] = intent_head(model, embed, root)
    for zh in (False, True):
        out[f"out_of_scope_head_{'zh' if zh else 'en'}"] = head_out_of_scope(model, embed, zh)
    out["tagger_multidogo_val"] = tagger(model, tokenizer, tagging.multidogo(root, "val"))
    out["tagger_snips_val"] = tagger(model, tokenizer, tagging.snips(root, "val"))
    composer = tagging.Composer(root, seed=90_001)
    for zh in (False, True):
        own = [r for r in tagging.written("val") if corpora.is_zh(r[0]) == zh]
        out[f"tagger_written_{'zh' if zh else 'en'}"] = tagger(model, tokenizer, own)
        out[f"tagger_composed_{'zh' if zh else 'en'}"] = tagger(model, tokenizer, [composer.row(zh) for _ in range(600)])
    return out


def print_teacher() -> None:
    from teacher import MiniLM

    minilm, groups = MiniLM(), corpora.written()

    def embed(texts: list[str]) -> np.ndarray:
        return np.concatenate([minilm.encode(texts[i : i + 64]) for i in range(0, len(texts), 64)])

    for name, only in [("faq_en_to_en", True), ("faq_en_to_en_among_all", False)]:
        print(name, faq(embed, groups, "en", "en", only, baseline=False))


def main() -> None:
    from export import ARTIFACTS, load_weights

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--weights", default=str(ARTIFACTS / "encoder.safetensors"))
    parser.add_argument("--checkpoint", help="f32 weights of a training run instead of the exported int8 file")
    parser.add_argument("--artifacts", default=str(ARTIFACTS), help="folder of vocab.txt")
    parser.add_argument("--json", help="also write the figures here")
    parser.add_argument("--teacher", action="store_true", help="only the teacher's own figures on the English FAQ rows")
    args = parser.parse_args()
    torch.set_num_threads(2)
    if args.teacher:
        print_teacher()
        return
    tokenizer = vocab.load(Path(args.artifacts))
    if args.checkpoint:
        model = Encoder(tokenizer.get_vocab_size(), len(labels.INTENTS), len(labels.TAGS))
        model.load_state_dict(torch.load(args.checkpoint, map_location="cpu", weights_only=True)["model"])
    else:
        model = load_weights(Path(args.weights))
    found = measure(model.eval(), tokenizer, corpora.data_root(args.data))
    for name, figures in found.items():
        print(f"{name:28}", "  ".join(f"{k} {v}" for k, v in figures.items()))
    if args.json:
        Path(args.json).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
