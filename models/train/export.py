"""Owns the artifacts: int8 weights, the weight-only ONNX of the same numbers, and the manifest.

    python export.py --checkpoint WORK/last.pt          # a trained model
    python export.py --random 7                         # the same files around random weights

Every export checks itself: the ONNX output, the file's own numbers and the PyTorch model must agree.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import load_file, save_file

import corpora
import labels
import vocab
from encoder import EMB, EPS, HEADS, INNER, LAYERS, POSITIONS, WIDTH, Encoder, Matrix, Norm, Rows, pad, quantize_rows
from fold import fold

ARTIFACTS = corpora.HERE.parent / "artifacts"
PROBES = ["where is my order", "我想退货", "can i pay with 支付宝?", "a", "I moved, change my address to 12 Elm St " * 6]


def tensors(model: Encoder) -> dict[str, torch.Tensor]:
    out: dict[str, torch.Tensor] = {}
    for name, module in model.named_modules():
        if isinstance(module, (Matrix, Rows)):
            out[f"{name}.weight"], out[f"{name}.scale"] = quantize_rows(module.weight, module.level_max)
            if isinstance(module, Matrix):
                out[f"{name}.bias"] = module.bias.detach().clone()
        elif isinstance(module, Norm):
            out[f"{name}.gamma"] = module.gamma.detach().clone()
            out[f"{name}.beta"] = module.beta.detach().clone()
    return {k: v.contiguous().cpu() for k, v in sorted(out.items())}


def load_weights(path: Path) -> Encoder:
    """The encoder as the file holds it: dequantized rows."""
    w = load_file(path)
    model = Encoder(w["emb.weight"].shape[0], w["intent.weight"].shape[0], w["tag.weight"].shape[0])
    state = {}
    for name in model.state_dict():
        state[name] = w[name].float() * w[name.replace(".weight", ".scale")][:, None] if name.endswith(".weight") else w[name]
    model.load_state_dict(state)
    return model.eval()


class Graph:
    """Builds the ONNX graph node by node."""

    def __init__(self, weights: dict[str, torch.Tensor]) -> None:
        self.w, self.nodes, self.constants, self.count = weights, [], [], 0

    def const(self, name: str, value: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, op: str, *inputs: str, out: str | None = None, **attributes) -> str:
        self.count += 1
        out = out or f"t{self.count}"
        self.nodes.append(helper.make_node(op, list(inputs), [out], name=f"n{self.count}_{op}", **attributes))
        return out

    def dequantized(self, name: str) -> str:
        q = self.const(f"{name}.weight", self.w[f"{name}.weight"].numpy())
        s = self.const(f"{name}.scale", self.w[f"{name}.scale"].numpy())
        return self.node("DequantizeLinear", q, s, axis=0)

    def matrix(self, x: str, name: str, out: str | None = None) -> str:
        turned = self.node("Transpose", self.dequantized(name), perm=[1, 0])
        return self.node("Add", self.node("MatMul", x, turned), self.const(f"{name}.bias", self.w[f"{name}.bias"].numpy()), out=out)

    def norm(self, x: str, name: str) -> str:
        g, b = (self.const(f"{name}.{k}", self.w[f"{name}.{k}"].numpy()) for k in ("gamma", "beta"))
        return self.node("LayerNormalization", x, g, b, axis=-1, epsilon=EPS)


def build_onnx(weights: dict[str, torch.Tensor]) -> onnx.ModelProto:
    g = Graph(weights)
    x = g.node("Gather", g.dequantized("emb"), "ids", axis=0)
    zero, one, two = (g.const(n, np.array([i], np.int64)) for i, n in enumerate(["zero", "one", "two"]))
    length = g.node("Slice", g.node("Shape", "ids"), one, two)
    positions = g.node("Slice", g.dequantized("pos"), zero, length, zero)
    x = g.norm(g.node("Add", g.matrix(x, "proj"), positions), "ln_emb")
    split = g.const("split", np.array([1, -1, HEADS, WIDTH // HEADS], np.int64))
    join = g.const("join", np.array([1, -1, WIDTH], np.int64))
    root = g.const("root", np.array((WIDTH // HEADS) ** -0.5, np.float32))
    for i in range(LAYERS):
        p = f"layer.{i}."
        h = g.norm(x, p + "ln1")
        q, k, v = (g.node("Reshape", g.matrix(h, p + n), split) for n in "qkv")
        q, v = (g.node("Transpose", t, perm=[0, 2, 1, 3]) for t in (q, v))
        k = g.node("Transpose", k, perm=[0, 2, 3, 1])
        a = g.node("Softmax", g.node("Mul", g.node("MatMul", q, k), root), axis=-1)
        a = g.node("Reshape", g.node("Transpose", g.node("MatMul", a, v), perm=[0, 2, 1, 3]), join)
        x = g.node("Add", x, g.matrix(a, p + "o"))
        h = g.node("Relu", g.matrix(g.norm(x, p + "ln2"), p + "w1"))
        x = g.node("Add", x, g.matrix(h, p + "w2"))
    y = g.norm(x, "ln_f")
    g.matrix(y, "tag", out="tags")
    pooled = g.node("ReduceMean", y, axes=[1], keepdims=0)
    size = g.node("Sqrt", g.node("ReduceSum", g.node("Mul", pooled, pooled), one, keepdims=1))
    vector = g.node("Div", pooled, size, out="vector")
    g.matrix(vector, "intent", out="intent")
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        g.nodes, "frontdesk-encoder", [value("ids", TensorProto.INT64, [1, "S"])],
        [value("vector", TensorProto.FLOAT, [1, WIDTH]),
         value("intent", TensorProto.FLOAT, [1, weights["intent.weight"].shape[0]]),
         value("tags", TensorProto.FLOAT, [1, "S", weights["tag.weight"].shape[0]])],
        g.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="frontdesk")
    model.ir_version = 8
    onnx.checker.check_model(model, full_check=True)
    return model


def agreement(folder: Path, model: Encoder) -> dict[str, float]:
    """Smallest cosine and largest head difference between the ONNX file and the fake-quantized PyTorch model."""
    session = onnxruntime.InferenceSession(str(folder / "encoder.onnx"), providers=["CPUExecutionProvider"])
    tokenizer, cosine, worst = vocab.load(folder), 1.0, 0.0
    with torch.inference_mode():
        for text in PROBES:
            ids = pad([tokenizer.encode(fold(text)).ids])
            vector, y = model(ids)
            expected = model.intent(vector), model.tag(y)
            got = session.run(["vector", "intent", "tags"], {"ids": ids.numpy()})
            cosine = min(cosine, float((torch.from_numpy(got[0]) * vector).sum()))
            worst = max([worst] + [float((torch.from_numpy(a) - b).abs().max()) for a, b in zip(got[1:], expected)])
    return {"onnx_cosine_min": cosine, "onnx_head_difference_max": worst}


def entry(path: Path) -> dict:
    content = path.read_bytes()
    return {"name": path.name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def export(model: Encoder, folder: Path, name: str, metrics: dict, calibration: dict) -> dict:
    model.eval()
    model.set_fake_quant(True)
    weights = tensors(model)
    save_file(weights, folder / "encoder.safetensors")
    (folder / "encoder.safetensors").chmod(0o644)
    onnx.save(build_onnx(weights), folder / "encoder.onnx")
    checks = agreement(folder, model)
    assert checks["onnx_cosine_min"] >= 0.9999, checks
    manifest = {
        "format": 1, "name": name,
        "dims": {"vocab": weights["emb.weight"].shape[0], "emb": EMB, "d": WIDTH, "heads": HEADS, "ff": INNER,
                 "layers": LAYERS, "positions": POSITIONS},
        "files": {"weights": entry(folder / "encoder.safetensors"), "vocab": entry(folder / "vocab.txt"),
                  "tokenizer": entry(folder / "tokenizer.json"), "fold": entry(folder / "fold.tsv"),
                  "onnx": entry(folder / "encoder.onnx")},
        "intents": labels.INTENTS, "tags": labels.TAGS, "calibration": calibration, "metrics": metrics | checks,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return manifest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint")
    parser.add_argument("--random", type=int, metavar="SEED")
    parser.add_argument("--name", default="frontdesk-n1")
    parser.add_argument("--metrics", help="JSON written by evaluate.py, copied into the manifest")
    parser.add_argument("--out", default=str(ARTIFACTS))
    args = parser.parse_args()
    folder = Path(args.out)
    size = len((folder / "vocab.txt").read_text("utf-8").splitlines())
    torch.manual_seed(args.random or 0)
    model = Encoder(size, len(labels.INTENTS), len(labels.TAGS))
    if args.checkpoint:
        model.load_state_dict(torch.load(args.checkpoint, map_location="cpu", weights_only=True)["model"])
    metrics = json.loads(Path(args.metrics).read_text("utf-8")) if args.metrics else {}
    manifest = export(model, folder, args.name, metrics, {})
    print(json.dumps({k: manifest[k] for k in ("name", "files", "metrics")}, indent=1))


if __name__ == "__main__":
    main()
