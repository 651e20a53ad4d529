"""Owns the first step of tokenization: folding look-alike characters before the tokenizer sees them.

The table is written to `fold.tsv` beside the weights, one rule a line: `first<TAB>last<TAB>target`, code points in
hexadecimal. `target` is where `first` goes and the rest of the range follows in order; `-` removes the range.
Characters that no rule names stay. The run time applies the same table, so training and serving see equal text.
"""

from pathlib import Path

RULES: list[tuple[int, int, int | None]] = [
    # control characters, except tab, line feed and carriage return
    (0x0000, 0x0008, None),
    (0x000B, 0x000C, None),
    (0x000E, 0x001F, None),
    (0x007F, 0x009F, None),
    # invisible: zero-width, direction marks, byte order mark
    (0x200B, 0x200F, None),
    (0x202A, 0x202E, None),
    (0x2060, 0x2064, None),
    (0xFEFF, 0xFEFF, None),
    # curly quotes
    (0x2018, 0x2018, 0x27),
    (0x2019, 0x2019, 0x27),
    (0x201C, 0x201C, 0x22),
    (0x201D, 0x201D, 0x22),
    # ideographic space, full-width ASCII
    (0x3000, 0x3000, 0x20),
    (0xFF01, 0xFF5E, 0x21),
]
# traditional to simplified, one character each: pairs like `國国`
SIMPLIFIED = (Path(__file__).parent / "simplified.txt").read_text(encoding="utf-8").split()
RULES += [(ord(a), ord(a), ord(b)) for a, b in SIMPLIFIED]


def _table() -> dict[int, int | None]:
    table: dict[int, int | None] = {}
    for first, last, target in RULES:
        for code in range(first, last + 1):
            table[code] = None if target is None else target + code - first
    return table


_TABLE = _table()


def fold(text: str) -> str:
    """Text with every rule applied once; folding twice changes nothing."""
    return text.translate(_TABLE)


def write_table(path: Path) -> None:
    lines = [f"{a:04X}\t{b:04X}\t{'-' if t is None else format(t, '04X')}" for a, b, t in RULES]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
