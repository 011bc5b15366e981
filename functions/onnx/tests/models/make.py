"""Makes the small ONNX files of the tests, and what ONNX Runtime answers to some inputs.

    pip install onnx==1.19.0 onnxruntime==1.31.1
    python make.py

Weights are drawn from a seed. `answers.json` has, for each file, inputs and outputs as they go over the chain (each
element big-endian) in hexadecimal; the tests allow for the last bits, in which runtimes differ.
"""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
DRAW = np.random.default_rng(7)


def weights(name, *shape, scale=0.5):
    return numpy_helper.from_array((DRAW.standard_normal(shape) * scale).astype(np.float32), name)


def value(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def graph(name, nodes, inputs, outputs, constants):
    made = helper.make_graph(nodes, name, inputs, outputs, constants)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def risk():
    """A loan's risk by a perceptron: what a risk-gated pool would ask."""
    node = helper.make_node
    nodes = [
        node("Gemm", ["features", "w1", "b1"], ["h1"]),
        node("Tanh", ["h1"], ["a1"]),
        node("Gemm", ["a1", "w2", "b2"], ["h2"]),
        node("Softmax", ["h2"], ["risk"], axis=1),
    ]
    constants = [weights("w1", 8, 16), weights("b1", 16), weights("w2", 16, 3), weights("b2", 3)]
    return graph("risk", nodes, [value("features", ["batch", 8])], [value("risk", ["batch", 3])], constants)


def functions():
    """Each function on floats that WebAssembly has no instruction for."""
    node = helper.make_node
    names = ["Exp", "Sin", "Cos", "Tan", "Tanh", "Sinh", "Cosh", "Asinh", "Atan", "Erf", "Sigmoid", "Softplus"]
    nodes = [node(name, ["x"], [name.lower()]) for name in names]
    nodes += [
        node("Abs", ["x"], ["abs"]),
        node("Add", ["abs", "one"], ["more"]),
        node("Log", ["more"], ["log"]),
        node("Sqrt", ["more"], ["sqrt"]),
        node("Pow", ["more", "x"], ["pow"]),
        node("Acosh", ["more"], ["acosh"]),
        node("Div", ["x", "more"], ["below"]),
        node("Asin", ["below"], ["asin"]),
        node("Acos", ["below"], ["acos"]),
        node("Atanh", ["below"], ["atanh"]),
    ]
    made = [name.lower() for name in names] + ["log", "sqrt", "pow", "acosh", "asin", "acos", "atanh"]
    nodes.append(node("Concat", made, ["all"], axis=0))
    one = numpy_helper.from_array(np.ones(1, np.float32), "one")
    return graph("functions", nodes, [value("x", [16])], [value("all", [16 * len(made)])], [one])


def memory():
    """A recurrent network over a row of prices, with two outputs of different types."""
    node = helper.make_node
    nodes = [
        node("LSTM", ["prices", "w", "r", "b"], ["", "last"], hidden_size=4),
        node("Reshape", ["last", "flat"], ["state"]),
        node("ArgMax", ["state"], ["strongest"], axis=1, keepdims=0),
    ]
    flat = numpy_helper.from_array(np.array([1, 4], np.int64), "flat")
    constants = [weights("w", 1, 16, 2), weights("r", 1, 16, 4), weights("b", 1, 32), flat]
    outputs = [value("state", [1, 4]), value("strongest", [1], TensorProto.INT64)]
    return graph("memory", nodes, [value("prices", [10, 1, 2])], outputs, constants)


def look():
    """A small convolutional network on a picture of bytes."""
    node = helper.make_node
    nodes = [
        node("Cast", ["pixels"], ["floats"], to=TensorProto.FLOAT),
        node("Conv", ["floats", "k1", "c1"], ["m1"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
        node("Relu", ["m1"], ["r1"]),
        node("MaxPool", ["r1"], ["p1"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Conv", ["p1", "k2", "c2"], ["m2"], kernel_shape=[3, 3]),
        node("Relu", ["m2"], ["r2"]),
        node("GlobalAveragePool", ["r2"], ["g"]),
        node("Flatten", ["g"], ["f"]),
        node("Gemm", ["f", "w", "b"], ["scores"]),
    ]
    constants = [
        weights("k1", 6, 3, 3, 3, scale=0.02),
        weights("c1", 6),
        weights("k2", 8, 6, 3, 3, scale=0.2),
        weights("c2", 8),
        weights("w", 8, 5),
        weights("b", 5),
    ]
    inputs = [value("pixels", [1, 3, 24, 24], TensorProto.UINT8)]
    return graph("look", nodes, inputs, [value("scores", [1, 5])], constants)


def big_endian(array):
    return np.ascontiguousarray(array).astype(array.dtype.newbyteorder(">")).tobytes().hex()


def draw(info):
    shape = [size if isinstance(size, int) else 1 for size in info.shape]
    if info.type == "tensor(uint8)":
        return DRAW.integers(0, 256, shape).astype(np.uint8)
    return (DRAW.standard_normal(shape) * 2).astype(np.float32)


def main():
    answers = {}
    for make in (risk, functions, memory, look):
        model = make()
        file = HERE / f"{make.__name__}.onnx"
        file.write_bytes(model.SerializeToString())
        session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        cases = []
        for _ in range(3):
            inputs = {info.name: draw(info) for info in session.get_inputs()}
            outputs = session.run(None, inputs)
            cases.append(
                {
                    "input": "".join(big_endian(array) for array in inputs.values()),
                    "output": "".join(big_endian(array) for array in outputs),
                }
            )
        types = [info.type.removeprefix("tensor(").removesuffix(")") for info in session.get_outputs()]
        sizes = [int(np.prod(array.shape)) for array in outputs]
        answers[make.__name__] = {"outputs": list(zip(types, sizes)), "cases": cases}
    (HERE / "answers.json").write_text(json.dumps(answers, indent=1) + "\n")


if __name__ == "__main__":
    main()
