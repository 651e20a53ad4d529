"""Owns `models/tier/rerank.json`: how the server tier's cosines are weighed with the small model's ranking.

    python fit_tier.py --frontdesk ../../target/debug/frontdesk          # prints the gain, writes the file
    python fit_tier.py --frontdesk ... --dry                             # prints only

Fitted on the packs of the calibration, each judged by a fit that has not seen it; `studio_rental` is only reported. Only English
questions that the small model left unsure count, as in the server. Run it again whenever the small model or the encoder change.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent.parent
REPORTED = "studio_rental"
FIRST, RANKED, BEST_PHRASE = 0.1, 0.05, 0.75
RIDGE = 1.0
PRECISION_MIN, LISTS_RIGHT_MIN, CHOICES = 0.97, 0.75, 3


def decisions(frontdesk: str, pack: str) -> list[dict]:
    folder = ROOT / "models/packs"
    arguments = [frontdesk, "eval", "--faq", str(folder / f"{pack}.faq.json"), "--questions", str(folder / f"{pack}.questions.jsonl")]
    out = subprocess.run(arguments, check=True, capture_output=True).stdout.decode()
    asked = [json.loads(line) for line in (folder / f"{pack}.questions.jsonl").read_text("utf-8").splitlines()]
    said = [json.loads(line) for line in out.splitlines()]
    return [s | {"locale": q["locale"], "expect": q["expect"]} for q, s in zip(asked, said, strict=True) if q["locale"] == "en"]


def unsure(row: dict) -> bool:
    """As `server/src/pipeline/tier.rs` has it."""
    return row["decision"] == "ask_back" or row["reason"] in {"below_threshold", "too_close"}


def rank(row: dict, cosines: dict[str, list[float]]) -> tuple[list[str], list[float]]:
    """Entries best first, and the features of the best: the same as in `models/tier/src/rerank.rs`."""
    scores = {}
    for entry, found in cosines.items():
        best, second = (sorted(found, reverse=True) + found[:1])[:2]
        scores[entry] = BEST_PHRASE * best + (1 - BEST_PHRASE) * second
        scores[entry] += FIRST * (row["top"][:1] == [entry]) + RANKED * (entry in row["top"])
    order = sorted(scores, key=scores.get, reverse=True)
    p = min(max(row["confidence"], 0.005), 0.995)
    first = scores[order[0]]
    return order, [1.0, first, first - scores[order[1]], math.log(p / (1 - p)), float(row["top"][:1] == order[:1])]


def fit(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Logistic regression by Newton's method; the bias is not pulled to 0."""
    ridge, w = np.diag([0.0] + [RIDGE] * (x.shape[1] - 1)), np.zeros(x.shape[1])
    for _ in range(50):
        p = probability(x, w)
        w -= np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge, x.T @ (p - y) + ridge @ w)
    return w


def probability(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x @ w))


def threshold(p: np.ndarray, good: np.ndarray, share_min: float, before: tuple[int, int] = (0, 0)) -> float:
    """The lowest probability from which up the share of good ones is high enough; 2 is never. `before`: how many were
    right, of how many, without these."""
    order = np.argsort(-p)
    shares = (before[0] + np.cumsum(good[order])) / (before[1] + np.arange(1, len(p) + 1))
    reached = np.flatnonzero(shares >= share_min)
    return float(p[order][reached[-1]]) if len(reached) else 2.0


class Questions:
    """The unsure ones of a pack, ranked anew."""

    def __init__(self, frontdesk: str, pack: str) -> None:
        from teacher import MiniLM

        model, self.all = MiniLM(), decisions(frontdesk, pack)
        faq = json.loads((ROOT / f"models/packs/{pack}.faq.json").read_text("utf-8"))
        phrases = [(e["id"], t) for e in faq["entries"] for t in [e["question"], *e["phrasings"]]]
        rows = np.concatenate([model.encode([t for _, t in phrases[i : i + 32]]) for i in range(0, len(phrases), 32)])
        self.rows = [row for row in self.all if unsure(row)]
        self.orders, features = [], []
        for row in self.rows:
            cosines: dict[str, list[float]] = {}
            for (entry, _), cosine in zip(phrases, rows @ model.encode([row["text"]])[0]):
                cosines.setdefault(entry, []).append(float(cosine))
            order, found = rank(row, cosines)
            self.orders.append(order)
            features.append(found)
        self.x = np.array(features)
        self.right = np.array([o[0] == r["expect"] for o, r in zip(self.orders, self.rows)], float)
        self.among = np.array([r["expect"] in o[:CHOICES] for o, r in zip(self.orders, self.rows)], float)

    def report(self, name: str, p: np.ndarray, answer_min: float, ask_min: float) -> None:
        counted = {"small": self.count([(r["decision"], r["entry"], r["choices"]) for r in self.all])}
        new = {id(r): self.said(r, o, q, answer_min, ask_min) for r, o, q in zip(self.rows, self.orders, p)}
        counted["with tier"] = self.count([new.get(id(r)) or (r["decision"], r["entry"], r["choices"]) for r in self.all])
        for who, figures in counted.items():
            print(f"{name:14} {who:10}", "  ".join(f"{k} {v}" for k, v in figures.items()))

    @staticmethod
    def said(row: dict, order: list[str], p: float, answer_min: float, ask_min: float) -> tuple:
        if p >= answer_min:
            return "answer", order[0], []
        if p >= ask_min:
            return "ask_back", None, order[:CHOICES]
        return "abstain", None, []

    def count(self, said: list[tuple]) -> dict[str, int]:
        inside = [(r["expect"], s) for r, s in zip(self.all, said) if r["expect"]]
        outside = [s for r, s in zip(self.all, said) if not r["expect"]]
        return {"in scope": len(inside), "right": sum(s[1] == e for e, s in inside),
                "wrong": sum(s[0] == "answer" and s[1] != e for e, s in inside),
                "asked back": sum(s[0] == "ask_back" for _, s in inside), "right one offered": sum(e in s[2] for e, s in inside),
                "out of scope": len(outside), "answered": sum(s[0] == "answer" for s in outside),
                "asked": sum(s[0] == "ask_back" for s in outside)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frontdesk", required=True)
    parser.add_argument("--dry", action="store_true")
    args = parser.parse_args()
    names = sorted(f.name.removesuffix(".faq.json") for f in (ROOT / "models/packs").glob("*.faq.json"))
    fitted = {name: Questions(args.frontdesk, name) for name in names if name != REPORTED}
    together = lambda packs, what: np.concatenate([getattr(q, what) for q in packs])
    p = {}
    for name, asked in fitted.items():
        others = [q for other, q in fitted.items() if other != name]
        p[name] = probability(asked.x, fit(together(others, "x"), together(others, "right")))
    weights = fit(together(fitted.values(), "x"), together(fitted.values(), "right"))
    every, right, among = np.concatenate(list(p.values())), together(fitted.values(), "right"), together(fitted.values(), "among")
    said = [row for q in fitted.values() for row in q.all if row["decision"] == "answer"]
    answer_min = threshold(every, right, PRECISION_MIN, (sum(r["entry"] == r["expect"] for r in said), len(said)))
    ask_min = threshold(every[every < answer_min], among[every < answer_min], LISTS_RIGHT_MIN)
    for name, asked in fitted.items():
        asked.report(name, p[name], answer_min, ask_min)
    reported = Questions(args.frontdesk, REPORTED)
    reported.report(REPORTED, probability(reported.x, weights), answer_min, ask_min)
    rerank = {"format": 1, "encoder": "all-MiniLM-L6-v2-int8", "best_phrase": BEST_PHRASE, "first": FIRST, "ranked": RANKED,
              "weights": [round(float(w), 4) for w in weights], "answer_min": round(answer_min, 4), "ask_min": round(ask_min, 4)}
    print(json.dumps(rerank))
    if not args.dry:
        (ROOT / "models/tier/rerank.json").write_text(json.dumps(rerank, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
