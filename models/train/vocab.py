"""Owns the vocabulary: which pieces exist, and the tokenizer file that cuts text into them.

    python vocab.py --data ../../../shared/data --out ../artifacts

Han characters: the 3,755 everyday ones of GB 2312 level 1, then the most frequent others of the Chinese text.
Everything else: WordPieces learned from the English text. Writes vocab.txt, tokenizer.json and fold.tsv.
"""

from __future__ import annotations

import argparse
import collections
import json
import string
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

import corpora
import lexicon
from fold import fold, write_table

SIZE = 10_240
HAN_MAX = 4_300
SPECIAL = ["[PAD]", "[UNK]"]
# punctuation of both languages and units that shops use; single characters, so no rule is learned for them
SIGNS = string.punctuation + "。、《》「」『』【】…—–·～￥¥€£°×•←→✓™®©½²№"


def normalizer() -> normalizers.Normalizer:
    return normalizers.BertNormalizer(
        clean_text=False, handle_chinese_chars=True, strip_accents=False, lowercase=True
    )


def pre_tokenizer() -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Sequence(
        [pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Digits(individual_digits=True)]
    )


def tokenizer_for(pieces: list[str]) -> Tokenizer:
    model = models.WordPiece(
        {p: i for i, p in enumerate(pieces)},
        unk_token="[UNK]",
        continuing_subword_prefix="##",
        max_input_chars_per_word=100,
    )
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizer()
    tokenizer.pre_tokenizer = pre_tokenizer()
    return tokenizer


def pieces(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def load(artifacts: Path) -> Tokenizer:
    return tokenizer_for(pieces(artifacts / "vocab.txt"))


def han_characters(chinese: list[str]) -> list[str]:
    counts = collections.Counter(c for t in chinese for c in t if corpora.is_zh(c))
    common = [bytes([row, cell]).decode("gb2312") for row in range(0xB0, 0xD8)
              for cell in range(0xA1, 0xFF) if not (row == 0xD7 and cell > 0xF9)]
    others = [c for c, n in sorted(counts.items(), key=lambda x: (-x[1], x[0])) if c not in set(common) and n >= 2]
    return (common + others)[:HAN_MAX]


def latin_pieces(english: list[str], size: int) -> list[str]:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizer()
    tokenizer.pre_tokenizer = pre_tokenizer()
    letters = string.ascii_lowercase
    trainer = trainers.WordPieceTrainer(
        vocab_size=size, min_frequency=3, limit_alphabet=400, special_tokens=[], show_progress=False,
        initial_alphabet=list(letters + string.digits), continuing_subword_prefix="##",
    )
    tokenizer.train_from_iterator((t for t in english if not corpora.is_zh(t)), trainer)
    learned = [p for p, _ in sorted(tokenizer.get_vocab().items(), key=lambda x: x[1])]
    must = list(letters) + [f"##{c}" for c in letters]
    return list(dict.fromkeys(must + learned))


def build(root: Path) -> list[str]:
    pairs = corpora.pairs(root)
    written = [g for g in corpora.written() if not corpora.held_out(g.name)]
    oos = [t for t, _ in corpora.out_of_scope()]
    chinese = [z for z, _, _ in pairs] + corpora.plain_chinese(root)
    chinese += [t for g in written for t in g.zh] + [t for t in oos if corpora.is_zh(t)]
    english = [e for _, e, _ in pairs] + corpora.plain_english(root)
    for name in ["clinc150", "hwu64", "bitext"]:
        english += [t for t, _ in corpora.split(root, name, "train")]
    english += 4 * [t for g in written for t in g.en] + [t for t in oos if not corpora.is_zh(t)]
    english += 6 * (lexicon.SUPPORT_EN + lexicon.PRODUCTS_EN + lexicon.ISSUES_EN + lexicon.COMPANIES_EN)
    english += 3 * (lexicon.GIVEN_EN + lexicon.FAMILY_EN + lexicon.STREETS_EN + lexicon.CITIES_EN)
    chinese += 2 * (lexicon.PRODUCTS_ZH + lexicon.ISSUES_ZH + lexicon.COMPANIES_ZH)
    han = han_characters(chinese)
    signs = list(dict.fromkeys(c for c in fold(SIGNS)))
    fixed = SPECIAL + list(string.digits) + signs + han
    known = set(fixed)
    latin = [p for p in latin_pieces(english, SIZE - len(fixed) + 200) if p not in known]
    return (fixed + latin)[:SIZE]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data")
    parser.add_argument("--out", default=str(corpora.HERE.parent / "artifacts"))
    args = parser.parse_args()
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    built = build(corpora.data_root(args.data))
    assert len(built) == len(set(built)) <= SIZE
    (out / "vocab.txt").write_text("\n".join(built) + "\n", encoding="utf-8")
    document = json.loads(tokenizer_for(built).to_str())
    (out / "tokenizer.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    write_table(out / "fold.tsv")
    tokenizer = load(out)
    for text in ["Where's my order #A-1029?", "我的快递到哪里了？can you 帮我查一下"]:
        print(tokenizer.encode(fold(text)).tokens)
    print(f"{len(built)} pieces, {sum(corpora.is_zh(p) for p in built)} Han")


if __name__ == "__main__":
    main()
