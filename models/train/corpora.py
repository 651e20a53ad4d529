"""Owns reading the text sets: one loader per kind of use, every loader deterministic and already folded.

Only `train` splits are read here. Validation splits are read through `split(..., "val")` by evaluate.py alone;
test splits and `eval_only/` have no loader in this file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from fold import fold

HERE = Path(__file__).resolve().parent
CORPUS = HERE.parent / "corpus"
HAN = re.compile(r"[\u3400-\u9fff]")
MULTIDOGO = ["airline", "fastfood", "finance", "insurance", "media", "software"]
# MultiDoGO turns that carry only a slot value, or nothing with a meaning of its own
MULTIDOGO_EMPTY = {"", "contentonly", "outofdomain"}


def data_root(given: str | None) -> Path:
    return Path(given or os.environ.get("FRONTDESK_DATA") or HERE.parents[2] / "shared" / "data")


# Whole trades kept for validation, beside the intents that `held_out` picks from the others
HELD_OUT_TRADES = {"rental", "cinema", "laundry", "jewellery"}


@dataclass
class Group:
    """Ways of saying one thing. `source` names the set: groups of different sets may mean the same."""

    source: str
    name: str
    en: list[str] = field(default_factory=list)
    zh: list[str] = field(default_factory=list)
    pairs: list[tuple[str, str]] = field(default_factory=list)  # (zh, en), the same line in both languages


def rows(path: Path) -> list[dict]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def clean(text: str) -> str:
    return " ".join(fold(text).split())


def is_zh(text: str) -> bool:
    return HAN.search(text) is not None


def held_out(intent: str) -> bool:
    """Some trades and about 8 % of the other written intents are never trained on. The name alone decides."""
    trade = intent.split(".")[0]
    return trade in HELD_OUT_TRADES or int(hashlib.sha256(f"frontdesk:{intent}".encode()).hexdigest()[:8], 16) % 100 < 8


def split(root: Path, name: str, part: str) -> list[tuple[str, str]]:
    """(text, intent) of a labelled English set."""
    if name == "clinc150":
        return [(clean(r["text"]), r["intent"]) for r in rows(root / f"clinc150/{part}.jsonl")]
    if name == "hwu64":
        return [(clean(r["text"]), r["intent"]) for r in rows(root / f"hwu64/{part}.jsonl")]
    if name == "bitext":
        return [(clean(r["utterance"]), r["intent"]) for r in rows(root / f"bitext/{part}.jsonl")]
    if name == "snips":
        return [(clean(" ".join(r["tokens"])), r["intent"]) for r in rows(root / f"snips/{part}.jsonl")]
    if name == "multidogo":
        out = []
        for domain in MULTIDOGO:
            for r in rows(root / f"multidogo/{domain}.{part}.jsonl"):
                text, intent = clean(r["utterance"]), r["intent"]
                if "<div>" in intent or intent in MULTIDOGO_EMPTY or len(text) < 2:
                    continue
                shared = intent in {"openinggreeting", "closinggreeting", "thankyou", "confirmation", "rejection"}
                out.append((text, intent if shared else f"{domain}.{intent}"))
        return out
    raise ValueError(name)


def written(corpus: Path = CORPUS) -> list[Group]:
    """The project's own phrasings, all of them; `held_out` says which are for validation."""
    groups: list[Group] = []
    for path in sorted(corpus.glob("*.txt")):
        if path.stem in {"acts", "spans"}:
            continue
        for name, lines in sections(path):
            group = Group(f"written.{path.stem}", name)
            for zh, en in lines:
                group.zh += [zh] * bool(zh)
                group.en += [en] * bool(en)
                group.pairs += [(zh, en)] * bool(zh and en)
            group.zh, group.en = list(dict.fromkeys(group.zh)), list(dict.fromkeys(group.en))
            groups.append(group)
    return groups


def sections(path: Path) -> list[tuple[str, list[tuple[str, str]]]]:
    """A file of `# name: what it covers` headers and `中文 | English` lines, either side of which may be empty."""
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.startswith("# "):
            found.append((line[2:].split(":")[0].strip(), []))
        elif line.strip():
            zh, bar, en = line.partition("|")
            if not bar or "|" in en or not found:
                raise ValueError(f"{path}:{number}: not a header and not `中文 | English`: {line!r}")
            found[-1][1].append((clean(zh), clean(en)))
    return found


def acts(corpus: Path = CORPUS) -> list[tuple[str, list[tuple[str, str]]]]:
    """(label of the intent head, its pairs): greetings, thanks, asking for a person, and so on."""
    return [(name.removeprefix("act."), lines) for name, lines in sections(corpus / "acts.txt")]


def out_of_scope(corpus: Path = CORPUS) -> list[tuple[str, str]]:
    """(text, kind) of lines no FAQ should answer."""
    return [(clean(r["text"]), r["kind"]) for path in sorted(corpus.glob("out_of_scope*.jsonl")) for r in rows(path)]


def near_misses(corpus: Path = CORPUS) -> list[tuple[str, str]]:
    """(text, trade) of what visitors of a trade ask and its FAQ does not answer."""
    return [(clean(r["text"]), r["trade"]) for r in rows(corpus / "near_miss.jsonl")]


def trained_groups(root: Path, corpus: Path = CORPUS) -> list[Group]:
    groups = [g for g in written(corpus) if not held_out(g.name)]
    for name in ["clinc150", "hwu64", "bitext", "snips", "multidogo"]:
        by_intent: dict[str, dict[str, None]] = {}
        for text, intent in split(root, name, "train"):
            by_intent.setdefault(intent, {})[text] = None
        groups += [Group(name, k, en=list(v)) for k, v in sorted(by_intent.items()) if len(v) >= 8]
    return groups


def pairs(root: Path, corpus: Path = CORPUS) -> list[tuple[str, str, str]]:
    """(zh, en, source): the same sentence in both languages."""
    out = [(zh, en, "written") for g in written(corpus) if not held_out(g.name) for zh, en in g.pairs]
    out += [(zh, en, "written") for _, lines in acts(corpus) for zh, en in lines if zh and en]
    for name in ["dialogue_human", "dialogue_machine", "tatoeba"]:
        for r in rows(root / f"zh_en/{name}.jsonl"):
            zh, en = clean(r["zh"]), clean(r["en"])
            if 1 < len(zh) <= 60 and 1 < len(en) <= 200:
                out.append((zh, en, name))
    zh_d, en_d = (json.loads((root / f"x_risawoz/{k}_fewshot.json").read_text("utf-8")) for k in ("zh", "en"))
    for a, b in zip(zh_d, en_d):
        for s, t in zip(a["dialogue"], b["dialogue"]):
            out.append((clean(s["user_utterance"]), clean(t["user_utterance"][0]), "x_risawoz"))
    return list(dict.fromkeys(out))


def chitchat(root: Path) -> list[str]:
    """First lines of the small-talk exchanges, both languages."""
    out = []
    for language in ["english", "chinese"]:
        for path in sorted((root / "chitchat" / language).glob("*.yml")):
            content = yaml.safe_load(path.read_text("utf-8"))
            out += [clean(str(turns[0])) for turns in content["conversations"] if turns]
    return [t for t in dict.fromkeys(out) if 1 < len(t) <= 120]


def plain_english(root: Path) -> list[str]:
    """English text without pairs or labels of use, for distillation and vocabulary."""
    out = []
    for name in ["banking", "hotels"]:
        out += [clean(r["text"]) for r in rows(root / f"nlupp/{name}.jsonl")]
    for domain in MULTIDOGO:
        out += [clean(r["utterance"]) for r in rows(root / f"multidogo/{domain}.train.jsonl")]
    out += [clean(r["text"]) for r in rows(root / "clinc150/oos_train.jsonl")]
    return list(dict.fromkeys(t for t in out if len(t) > 1))


def plain_chinese(root: Path) -> list[str]:
    """Chinese text without pairs, for the vocabulary."""
    out = [clean(r["text"]) for r in rows(root / "crosswoz_zh/user_turns.jsonl")]
    for path in sorted((root / "shop_words").glob("*.yml")):
        out += [clean(s) for s in re.findall(r'"([^"]+)"', path.read_text("utf-8"))]
    return list(dict.fromkeys(t for t in out if is_zh(t)))
