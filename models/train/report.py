"""Owns the report on test splits: run once for a released model, never to choose anything.

    python report.py --work WORK --json WORK/report.json

Every set becomes an FAQ and questions, and goes through the crate that answers visitors: its example `features` says what
each question was answered with, so the figures are the product's, index, vetoes and thresholds included.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import corpora
from calibrate import PACKS, REPORTED, run


def few_shot(folder: Path, root: Path, name: str, shots: str, part: str) -> tuple[str, Path, Path]:
    """Each label an entry, its few examples the phrasings; the questions are another split."""
    base = root / ("eval_only/banking77" if name == "banking77" else name)
    labels: dict[str, list[str]] = {}
    for r in corpora.rows(base / f"{shots}.jsonl"):
        labels.setdefault(r["intent"], []).append(r["text"])
    ids = {label: f"e{at}" for at, label in enumerate(sorted(labels))}
    entries = [{"id": ids[k], "question": v[0], "phrasings": v[1:], "answer": "."} for k, v in sorted(labels.items())]
    questions = [{"text": r["text"], "locale": "en", "expect": ids[r["intent"]]} for r in corpora.rows(base / f"{part}.jsonl")]
    return made(folder, f"{name}-{shots}", entries, questions)


def made(folder: Path, name: str, entries: list[dict], questions: list[dict]) -> tuple[str, Path, Path]:
    faq, asked = folder / f"{name}.faq.json", folder / f"{name}.questions.jsonl"
    faq.write_text(json.dumps({"entries": entries}, ensure_ascii=False), encoding="utf-8")
    asked.write_text("".join(json.dumps(q, ensure_ascii=False) + "\n" for q in questions), encoding="utf-8")
    return name, faq, asked


def one_language(entries: list[dict], locale: str) -> list[dict]:
    """The same FAQ as if its owner wrote one language only."""
    if locale == "en":
        return [{k: v for k, v in e.items() if k != "translations"} for e in entries]
    return [{k: v for k, v in e.items() if k != "translations"} | e["translations"][locale] for e in entries]


def pack(folder: Path, name: str) -> list[tuple[str, Path, Path]]:
    """A pack in both languages, and in either one asked in either."""
    entries = json.loads((PACKS / f"{name}.faq.json").read_text("utf-8"))["entries"]
    questions = corpora.rows(PACKS / f"{name}.questions.jsonl")
    asked = {k: [q for q in questions if q["locale"] == k] for k in ("en", "zh")}
    folds = [made(folder, f"{name} both, {k} asks", entries, asked[k]) for k in asked]
    return folds + [made(folder, f"{name} {k}, {q} asks", one_language(entries, k), asked[q]) for k in asked for q in asked]


def figures(lines: list[dict]) -> dict:
    inside, outside = [r for r in lines if r["in_scope"]], [r for r in lines if not r["in_scope"]]
    said = [r for r in lines if r["answered"] is not None]
    right = sum(r["answered_right"] for r in said)
    found = {"questions": len(inside), "top1": share(sum(r["right"] for r in inside), inside),
             "top3": share(sum(r["among"] for r in inside), inside), "answered_right": share(right, inside),
             "precision": share(right, said)}
    for kind in ("far", "near"):
        of = [r for r in outside if r["kind"] == kind]
        if of:
            found[f"false_{kind}"] = share(sum(r["answered"] is not None for r in of), of)
    return found


def share(count: int, of: list) -> float:
    return round(100 * count / max(1, len(of)), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data")
    parser.add_argument("--work", required=True)
    parser.add_argument("--json")
    parser.add_argument("--also-fitted", action="store_true", help="the packs that the calibration was fitted on, too")
    args = parser.parse_args()
    folder, root = Path(args.work) / "report", corpora.data_root(args.data)
    folder.mkdir(parents=True, exist_ok=True)
    names = sorted(REPORTED) + (sorted(p.name.removesuffix(".faq.json") for p in PACKS.glob("*.faq.json") if p.name.removesuffix(".faq.json") not in REPORTED) if args.also_fitted else [])
    folds = [f for name in names for f in pack(folder, name)]
    for name, shots in [("banking77", "train_5"), ("banking77", "train_10"), ("clinc150", "train_5"), ("hwu64", "train_5")]:
        folds.append(few_shot(folder, root, name, shots, "test"))
    found = {}
    for fold in folds:
        found[fold[0]] = figures(run(fold))
        print(f"{fold[0]:30}", "  ".join(f"{k} {v}" for k, v in found[fold[0]].items()), flush=True)
    if args.json:
        Path(args.json).write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
