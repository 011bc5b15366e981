"""Writes the integer weights as plain ONNX, in the profile of docs/onnx-profile.md.

Input: `stats` [duels, 14], float32 whole numbers in 0..255. Output: `answers` [duels, 3].
"""

from pathlib import Path

import data
import exact
import network
import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper, save

OPSET = 17


def to_exact(layers: list[network.Layer]) -> exact.Exact:
    """Rounds the float form to the integer form."""
    return exact.Exact([layer.to_exact() for layer in layers])


def to_onnx(model: exact.Exact) -> ModelProto:
    """The network as an ONNX model that declares its input range; every layer has the half guard."""
    nodes: list[NodeProto] = []
    constants = [numpy_helper.from_array(np.float32(value), name) for name, value in (("zero", 0), ("most", 255))]
    values = "stats"
    for number, layer in enumerate(model.layers):
        at = f"layer{number}"
        held = {"weights": layer.weights, "biases": layer.biases + 0.5, "scale": 2.0**-layer.shift}
        constants += [
            numpy_helper.from_array(np.asarray(value, np.float32), f"{at}.{name}") for name, value in held.items()
        ]
        out = "answers" if number == len(model.layers) - 1 else f"{at}.values"
        nodes += [
            helper.make_node("Gemm", [values, f"{at}.weights", f"{at}.biases"], [f"{at}.sum"], f"{at}.sum", transB=1),
            helper.make_node("Mul", [f"{at}.sum", f"{at}.scale"], [f"{at}.scaled"], f"{at}.scaled"),
            helper.make_node("Floor", [f"{at}.scaled"], [f"{at}.floor"], f"{at}.floor"),
            helper.make_node("Clip", [f"{at}.floor", "zero", "most"], [out], out),
        ]
        values = out
    stats = helper.make_tensor_value_info("stats", TensorProto.FLOAT, ["duels", data.INPUTS])
    answers = helper.make_tensor_value_info("answers", TensorProto.FLOAT, ["duels", len(data.ANSWERS)])
    graph = helper.make_graph(nodes, "duel", [stats], [answers], constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="verdigris-duel")
    made.ir_version = 8
    helper.set_model_props(made, {"verdigris.range.stats": "u8"})
    checker.check_model(made, full_check=True)
    return made


def write(model: exact.Exact, path: Path) -> None:
    """Writes the ONNX file of a model whose sums are in range."""
    if model.reach() >= exact.BOUND:
        raise SystemExit(f"a sum can reach {model.reach()}, which is not below {exact.BOUND}")
    save(to_onnx(model), path)
