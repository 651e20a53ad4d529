"""Owns the tagger's training rows: text with character spans, read from the labelled sets or composed from word lists."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

from tokenizers import Tokenizer

import corpora
import labels
import lexicon as lx

LEARNED = {"person", "address", "product", "issue", "place", "company"}
VALIDATION_EVERY = 5  # of the written sentences, so many lines apart, one is kept for validation
MARK = re.compile(r"\[(\w+):([^\]]*)\]")

Span = tuple[int, int, str | None]  # None: leave these characters out of the loss
Row = tuple[str, list[Span]]
IGNORE = -100


def _from_words(words: list[str], names: list[str | None], begins: list[bool]) -> Row:
    text, spans, at = " ".join(words), [], 0
    for word, name, begin in zip(words, names, begins):
        end = at + len(word)
        if name != "O":
            if spans and not begin and spans[-1][2] == name and spans[-1][1] == at - 1:
                spans[-1] = (spans[-1][0], end, name)
            else:
                spans.append((at, end, name))
        at = end + 1
    return text, spans


def written(part: str) -> list[Row]:
    """The project's own sentences, marked by hand. What rules find is left out of the loss."""
    out = []
    for number, line in enumerate((corpora.CORPUS / "spans.txt").read_text("utf-8").splitlines()):
        if (number % VALIDATION_EVERY == 0) == (part == "val"):
            out.append(marked(line.split("\t", 1)[1]))
    return out


def marked(line: str) -> Row:
    """`my [product:lamp] [issue:flickers]` -> its text and spans."""
    text, spans, at = "", [], 0
    for found in MARK.finditer(line):
        text += line[at : found.start()]
        spans.append((len(text), len(text) + len(found[2]), found[1] if found[1] in LEARNED else None))
        text, at = text + found[2], found.end()
    return text + line[at:], spans


def multidogo(root: Path, part: str) -> list[Row]:
    out = []
    for domain in corpora.MULTIDOGO:
        for r in corpora.rows(root / f"multidogo/{domain}.{part}.jsonl"):
            words, slots = r["utterance"].split(), r["slot-labels"].split()
            if len(words) != len(slots) or not words:
                continue
            names = [None if s in labels.MULTIDOGO_UNSURE else labels.MULTIDOGO_TAGS.get(s, "O") for s in slots]
            begins = [i == 0 or slots[i] != slots[i - 1] for i in range(len(slots))]
            out.append(_from_words(words, names, begins))
    return out


def snips(root: Path, part: str) -> list[Row]:
    out = []
    for r in corpora.rows(root / f"snips/{part}.jsonl"):
        slots = [t[2:] for t in r["tags"]]
        names = [None if s in labels.SNIPS_UNSURE else labels.SNIPS_TAGS.get(s, "O") for s in slots]
        out.append(_from_words(r["tokens"], names, [t[0] == "B" for t in r["tags"]]))
    return out


def _located(text: str, found: list[tuple[str, str]]) -> Row | None:
    spans = []
    for value, name in found:
        at = text.find(value) if len(value) > 1 else -1
        if at >= 0 and all(at >= e or at + len(value) <= s for s, e, _ in spans):
            spans.append((at, at + len(value), name))
    return (text, sorted(spans)) if spans else None


def chinese(root: Path) -> list[Row]:
    out = []
    for r in corpora.rows(root / "crosswoz_zh/user_turns.jsonl"):
        found = [(v, "product" if s == "推荐菜" else "place") for a, _, s, v in r["dialog_act"]
                 if a == "Inform" and s in {"名称", "出发地", "目的地", "推荐菜"}]
        row = _located(corpora.clean(r["text"]), found)
        out += [row] if row else []
    for d in json.loads((root / "x_risawoz/zh_fewshot.json").read_text("utf-8")):
        for turn in d["dialogue"]:
            found = [(v.replace(" ", ""), labels.RISAWOZ_TAGS.get(s) or "place")
                     for a, _, s, v in turn["user_actions"] if s in labels.RISAWOZ_TAGS and v]
            row = _located(corpora.clean(turn["user_utterance"]), found)
            out += [row] if row else []
    return out


def other_english(root: Path) -> list[Row]:
    out = []
    for r in corpora.rows(root / "bitext/train.jsonl"):
        name = labels.BITEXT_TAGS.get(r["entity_type"])
        row = _located(r["utterance"], [(r["entity_value"], name)]) if name else None
        out += [row] if row else []
    for part in ["banking", "hotels"]:
        for r in corpora.rows(root / f"nlupp/{part}.jsonl"):
            found = [(r["slots"][k]["text"], k[:-5]) for k in ("person_name", "company_name") if k in r.get("slots", {})]
            row = _located(r["text"], found)
            out += [row] if row else []
    return out


EN = [
    "my name is {person}", "i'm {person}", "this is {person} calling", "it's {person}", "name: {person}", "{person}",
    "the order is under {person}", "booked by {person} last week", "hi, {person} here, {product} {issue}",
    "my {product} {issue}", "the {product} i bought {issue}", "{product} {issue} what can i do", "it {issue}",
    "help, my new {product} {issue}", "the {product} {issue} after two days", "do you sell {product}",
    "is the {product} in stock", "how much is the {product}", "i want to return the {product}", "{product}",
    "i ordered a {product} from {company}", "i work at {company}", "was it sent with {company}", "{company}",
    "our company is {company}", "can i pay with {company}", "please ship to {address}", "my address is {address}",
    "send it to {address} instead", "{address}", "i moved to {address}", "deliver to {person}, {address}",
    "do you ship to {place}", "how long is delivery to {place}", "i live in {place}", "is there a shop in {place}",
    "i need to change my order", "when will it arrive", "can i get a refund", "where is my parcel", "thank you",
    "from {place} to {place}", "the {product} is not for {person} but for {person}", "you sent me a {product} and it {issue}",
]
ZH = [
    "我叫{person}", "我是{person}", "姓名{person}", "收件人{person}", "名字是{person},电话稍后发", "{person}", "我姓名叫{person}",
    "{person}订的", "你好我是{person},我买的{product}{issue}", "我的{product}{issue}", "刚买的{product}{issue}", "{product}{issue}怎么办",
    "新买的{product}用了两天就{issue}", "{issue}", "{product}还有货吗", "有没有{product}", "{product}多少钱", "我要退{product}",
    "想换一个{product}", "{product}", "我在{company}上班", "是发{company}吗", "能用{company}付款吗", "{company}", "公司名是{company}",
    "可以发{company}吗", "寄到{address}", "我的地址是{address}", "地址改成{address}", "{address}", "搬到{address}了", "送到{address},收件人{person}",
    "{person},{address}", "能送到{place}吗", "到{place}要几天", "我在{place}", "{place}有门店吗", "从{place}到{place}", "我要改订单",
    "什么时候到", "可以退款吗", "快递到哪了", "谢谢", "你们发的{product}{issue}", "{product}收到了,但是{issue}",
]


class Composer:
    """Writes tagged sentences from templates and lists."""

    def __init__(self, root: Path, seed: int) -> None:
        self.rng = random.Random(seed)
        tree = json.loads((root / "zh_places/pca.json").read_text("utf-8"))
        self.regions = [(p, c, d) for p, cities in tree.items() for c, ds in cities.items() for d in ds]

    def _english(self, slot: str) -> str:
        r = self.rng
        if slot == "person":
            name = r.choice(lx.GIVEN_EN)
            return name if r.random() < 0.3 else f"{name} {r.choice(lx.FAMILY_EN)}"
        if slot == "address":
            text = f"{r.randint(1, 999)} {r.choice(lx.STREETS_EN)}"
            text += f" apt {r.randint(1, 60)}" if r.random() < 0.3 else ""
            return text + (f", {r.choice(lx.CITIES_EN)}" if r.random() < 0.6 else "")
        return r.choice({"product": lx.PRODUCTS_EN, "issue": lx.ISSUES_EN, "company": lx.COMPANIES_EN,
                         "place": lx.CITIES_EN}[slot])

    def _chinese(self, slot: str) -> str:
        r = self.rng
        if slot == "person":
            given = "".join(r.sample(lx.GIVEN_ZH, r.choice([1, 2, 2])))
            return r.choice(lx.FAMILY_ZH) + (given if r.random() < 0.85 else r.choice(["先生", "女士", "小姐"]))
        province, city, district = r.choice(self.regions)
        city = province if city in {"市辖区", "县"} else city
        if slot == "place":
            return r.choice([city, city.removesuffix("市"), district, province, province + city])
        if slot == "address":
            text = (province if r.random() < 0.4 and province != city else "") + (city if r.random() < 0.8 else "") + district
            text += f"{r.choice(lx.ROADS_ZH)}{r.randint(1, 400)}号"
            if r.random() < 0.6:
                text += f"{r.choice(lx.ESTATES_ZH)}{r.randint(1, 30)}栋{r.randint(1, 4)}单元{r.randint(101, 2808)}"
            return text
        return r.choice({"product": lx.PRODUCTS_ZH, "issue": lx.ISSUES_ZH, "company": lx.COMPANIES_ZH}[slot])

    def row(self, zh: bool) -> Row:
        rest, text, spans = self.rng.choice(ZH if zh else EN), "", []
        while "{" in rest:
            before, rest = rest.split("{", 1)
            slot, rest = rest.split("}", 1)
            value = self._chinese(slot) if zh else self._english(slot)
            text += before
            spans.append((len(text), len(text) + len(value), slot))
            text += value
        return text + rest, spans


def encode(tokenizer: Tokenizer, row: Row) -> tuple[list[int], list[int]]:
    """Token ids and label ids; only the first piece of a word carries a label."""
    text, spans = row
    e = tokenizer.encode(text)
    out, last_word, last_span = [], None, None
    for (start, end), word in zip(e.offsets, e.word_ids):
        if word == last_word:
            out.append(IGNORE)
            continue
        last_word = word
        span = next((s for s in spans if s[0] <= start < s[1]), None)
        if span is None:
            out.append(0)
        elif span[2] is None:
            out.append(IGNORE)
        else:
            out.append(labels.TAGS.index(("I-" if span is last_span else "B-") + span[2]))
        last_span = span
    return e.ids, out


def train_rows(root: Path, seed: int) -> list[Row]:
    rng = random.Random(seed)
    turns = multidogo(root, "train")
    out = [t for t in turns if t[1]]
    out += rng.sample([t for t in turns if not t[1]], 5_000)
    out += written("train") * 8
    out += rng.sample(snips(root, "train"), 7_000) + other_english(root) * 3 + chinese(root)
    composer = Composer(root, seed)
    return out + [composer.row(zh=i % 2 == 0) for i in range(16_000)]
