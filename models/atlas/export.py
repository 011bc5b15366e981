"""Writes the integer weights as plain ONNX, in the profile of docs/onnx-profile.md.

    python export.py --weights weights.json --out atlas.onnx

Inputs: `features` [pixels, 6] and `latent` [1, 32], float32 whole numbers in [-128, 127]. Output: `fields` [pixels, 3].
"""

import argparse
from pathlib import Path

import exact
import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper, save

OPSET = 17


class Graph:
    """Nodes and constants as they are added."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []
        self.constants: list[TensorProto] = []

    def constant(self, name: str, value: object, dtype: type = np.float32) -> str:
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def node(self, operator: str, inputs: list[str], name: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [name], name, **attributes))
        return name

    def layer(self, values: str, number: int, layer: exact.Linear) -> str:
        """A layer with the half guard: Gemm, its latent, 2^-k, Floor, then Clip or the table."""
        at = f"layer{number}"
        weights = self.constant(f"{at}.weights", layer.weights)
        biases = self.constant(f"{at}.biases", layer.biases + 0.5)
        latents = self.constant(f"{at}.latents", layer.latents)
        own = self.node("Gemm", [values, weights, biases], f"{at}.sum", transB=1)
        folded = self.node("Gemm", ["latent", latents], f"{at}.latent_sum", transB=1)
        both = self.node("Add", [own, folded], f"{at}.acc")
        scale = self.constant(f"{at}.scale", 2.0**-layer.shift)
        floor = self.node("Floor", [self.node("Mul", [both, scale], f"{at}.scaled")], f"{at}.floor")
        if layer.activation == "clip":
            return self.node("Clip", [floor, "zero", "most"], f"{at}.values")
        whole = self.node("Cast", [floor], f"{at}.whole", to=TensorProto.INT32)
        index = self.node("Mod", [whole, "turn"], f"{at}.phase")
        return self.node("Gather", ["sine", index], f"{at}.values", axis=0)


def to_onnx(model: exact.Exact) -> ModelProto:
    """The network as an ONNX model that declares its input ranges."""
    graph = Graph()
    graph.constant("zero", 0)
    graph.constant("most", 255)
    graph.constant("turn", 256, np.int32)
    graph.constant("sine", exact.TABLE)
    values = "features"
    for number, layer in enumerate(model.layers):
        if layer.sees and number:
            values = graph.node("Concat", [values, "features"], f"layer{number}.reads", axis=1)
        values = graph.layer(values, number, layer)
    graph.nodes[-1].output[0] = "fields"
    made = helper.make_graph(
        graph.nodes,
        "atlas",
        [
            helper.make_tensor_value_info("features", TensorProto.FLOAT, ["pixels", 6]),
            helper.make_tensor_value_info("latent", TensorProto.FLOAT, [1, exact.LATENTS]),
        ],
        [helper.make_tensor_value_info("fields", TensorProto.FLOAT, ["pixels", 3])],
        graph.constants,
    )
    result = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="verdigris-atlas")
    result.ir_version = 8
    ranges = {"verdigris.range.features": "i8", "verdigris.range.latent": "i8", "verdigris.latent": "latent"}
    helper.set_model_props(result, ranges)
    checker.check_model(result, full_check=True)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, default=Path("weights.json"))
    parser.add_argument("--out", type=Path, default=Path("atlas.onnx"))
    options = parser.parse_args()
    model = exact.Exact.load(options.weights)
    if model.reach() >= exact.BOUND:
        raise SystemExit(f"a sum can reach {model.reach()}, which is not below {exact.BOUND}")
    save(to_onnx(model), options.out)
    print(f"{options.out}: {model.cost()}, largest sum {model.reach()}")


if __name__ == "__main__":
    main()
