"""ONNX files: on ONNX Runtime and on tract, held against ONNX Runtime in Python, and against vectors if certified."""

import glob
import json
import os
import pathlib
import subprocess
import unittest

import numpy as np
import onnx
import onnxruntime
import tritonclient.http as triton
from onnx import TensorProto, helper, numpy_helper
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

from worker import ROOT, Worker, headers, until

LIBRARY = glob.glob(str(pathlib.Path(onnxruntime.__file__).parent / "capi/libonnxruntime.so*"))[0]
ATLAS = ROOT / "models/atlas/atlas.onnx"


def small(path, batch="N"):
    """Two layers, 8 numbers in, 4 out."""
    numbers = np.random.default_rng(1)
    constants = {"w1": (8, 16), "b1": (16,), "w2": (16, 4), "b2": (4,)}
    constants = [numpy_helper.from_array(numbers.normal(size=s).astype("f4"), n) for n, s in constants.items()]
    nodes = [
        helper.make_node("Gemm", ["x", "w1", "b1"], ["h"]),
        helper.make_node("Tanh", ["h"], ["a"]),
        helper.make_node("Gemm", ["a", "w2", "b2"], ["y"]),
    ]
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [batch, s]) for n, s in (("x", 8), ("y", 4))]
    save(path, nodes, ends[:1], ends[1:], constants)


def identity(path, types):
    """An input and an output of each type, as they are."""
    nodes = [helper.make_node("Identity", [f"in {t}"], [f"out {t}"]) for t in types]
    of = lambda way: [helper.make_tensor_value_info(f"{way} {t}", t, [2, "any"]) for t in types]
    save(path, nodes, of("in"), of("out"), [])


def save(path, nodes, inputs, outputs, constants):
    graph = helper.make_graph(nodes, "g", inputs, outputs, constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def tensor(name, values, binary=True):
    made = triton.InferInput(name, values.shape, np_to_triton_dtype(values.dtype))
    made.set_data_from_numpy(values, binary_data=binary)
    return made


class OnnxFiles:
    """What holds for any engine."""

    flags = ()
    types = ["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FLOAT", "DOUBLE"]

    @classmethod
    def setUpClass(cls):
        cls.worker = Worker("--gpu", "none", *cls.flags, models=())
        made = cls.worker.folder / "made.onnx"
        small(made)
        cls.worker.add("small", made, name="model.onnx")
        cls.worker.add("alone", made, "max_batch_size: 0", name="model.onnx")
        cls.worker.add("few", made, "max_batch_size: 2 dynamic_batching {}", name="model.onnx")
        small(made, batch=3)
        cls.worker.add("fixed", made, name="model.onnx")
        cls.worker.add("unfit", made, "max_batch_size: 4", name="model.onnx")
        identity(made, [getattr(TensorProto, name) for name in cls.types])
        cls.worker.add("types", made, name="model.onnx")
        made.write_bytes(b"no model")
        cls.worker.add("broken", made, name="model.onnx")
        certify = os.environ["VERDIGRIS_CERTIFY"]
        cls.vectors = cls.worker.folder / "vectors.jsonl"
        subprocess.run([certify, ATLAS, "--vectors", cls.vectors], check=True, stdout=subprocess.DEVNULL)
        exact = 'parameters { key: "exact" value { string_value: "true" } }'
        cls.worker.add("certified", ATLAS, exact, name="model.onnx")
        cls.worker.add("certified", cls.vectors, name="vectors.jsonl")
        cls.worker.add("claimed", ATLAS, exact, name="model.onnx")
        lines = cls.vectors.read_text().splitlines()
        wrong = json.loads(lines[5])
        wrong["outputs"][0]["data"][1] ^= 1
        made.write_text("\n".join([*lines[:5], json.dumps(wrong), *lines[6:]]))
        cls.worker.add("inexact", ATLAS, name="model.onnx")
        cls.worker.add("inexact", made, name="vectors.jsonl")
        cls.client = triton.InferenceServerClient(cls.worker.url)
        until(lambda: len(cls.standings()) == 10 and cls.client.is_model_ready("types", headers=headers()))

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        assert cls.worker.stop() == 0

    @classmethod
    def standings(cls):
        return {line["name"]: line for line in cls.client.get_model_repository_index(headers=headers())}

    def ask(self, model, inputs, **named):
        return self.client.infer(model, inputs, headers=headers(), **named)

    def refused(self, text, model, inputs):
        with self.assertRaises(InferenceServerException) as caught:
            self.ask(model, inputs)
        self.assertEqual(caught.exception.status(), "400", caught.exception)
        self.assertIn(text, caught.exception.message())

    def test_numbers_are_those_of_onnx_runtime(self):
        session = onnxruntime.InferenceSession(str(self.worker.models / "small/1/model.onnx"))
        for count in (1, 3, 64):
            x = np.random.default_rng(count).normal(size=(count, 8)).astype("f4")
            for model in ("small", "alone"):
                result = self.ask(model, [tensor("x", x)])
                self.assertIn(self.engine, result.get_response()["parameters"]["engine"])
                np.testing.assert_allclose(result.as_numpy("y"), session.run(None, {"x": x})[0], rtol=1e-5, atol=1e-6)

    def test_shapes_are_those_of_the_file_and_its_configuration(self):
        shapes = {"small": [-1, 8], "alone": [-1, 8], "few": [-1, 8], "fixed": [3, 8]}
        for model, shape in shapes.items():
            metadata = self.client.get_model_metadata(model, headers=headers())
            self.assertEqual(metadata["inputs"], [{"name": "x", "datatype": "FP32", "shape": shape}])
        x = np.zeros((3, 8), "f4")
        self.refused("a batch has 1 to 2 elements, not 3", "few", [tensor("x", x)])
        self.assertEqual(self.ask("fixed", [tensor("x", x)]).as_numpy("y").shape, (3, 4))
        self.refused("has the shape [2, 8], the model takes [3, 8]", "fixed", [tensor("x", x[:2])])
        self.refused("has the shape [3, 7], the model takes [-1, 8]", "small", [tensor("x", x[:, :7].copy())])
        self.assertIn("max_batch_size is 4", self.standings()["unfit"]["reason"])
        self.assertIn("model.onnx", self.standings()["broken"]["reason"])

    def test_each_type_comes_back_as_it_went(self):
        values = {}
        for name in self.types:
            code = getattr(TensorProto, name)
            kind = helper.tensor_dtype_to_np_dtype(code)
            if name == "STRING":
                values[code] = np.array([["", "ü"], ["a" * 300, "\n"]], dtype=object)
            elif kind.kind in "iu":
                values[code] = np.array([[0, 1], [np.iinfo(kind).min, np.iinfo(kind).max]], kind)
            else:
                values[code] = np.array([[0, 1], [0.5, -3]]).astype(kind)
        for binary in (True, False):
            # JSON has no numbers of 16 bits.
            is_binary = lambda code: binary or code == TensorProto.FLOAT16
            inputs = [tensor(f"in {code}", value, is_binary(code)) for code, value in values.items()]
            outputs = [triton.InferRequestedOutput(f"out {code}", binary_data=is_binary(code)) for code in values]
            result = self.ask("types", inputs, outputs=outputs)
            for code in values:
                found = result.as_numpy(f"out {code}")
                if code == TensorProto.STRING:
                    found = np.vectorize(lambda text: text if isinstance(text, str) else text.decode())(found)
                np.testing.assert_array_equal(found, values[code])

    def test_a_certified_model_is_held_against_its_vectors(self):
        standings = self.standings()
        self.assertEqual(standings["certified"]["state"], "READY", standings["certified"])
        self.assertIn("vectors.jsonl is missing", standings["claimed"]["reason"])
        self.assertIn("vectors.jsonl line 6: ", standings["inexact"]["reason"])
        self.assertIn("1 of 3 elements wrong: it is not exact", standings["inexact"]["reason"])
        self.assertEqual(standings["inexact"]["state"], "UNAVAILABLE")
        example = json.loads(self.vectors.read_text().splitlines()[7])
        inputs = [tensor(t["name"], np.array(t["data"], "f4").reshape(t["shape"])) for t in example["inputs"]]
        made = self.ask("certified", inputs).as_numpy(example["outputs"][0]["name"])
        np.testing.assert_array_equal(made.ravel(), example["outputs"][0]["data"])


class OnRuntime(OnnxFiles, unittest.TestCase):
    engine = "onnxruntime"
    flags = ("--onnxruntime", LIBRARY, "--threads", "1")
    types = [*OnnxFiles.types, "FLOAT16", "STRING"]


class OnTract(OnnxFiles, unittest.TestCase):
    engine = "tract"
    types = [*OnnxFiles.types, "FLOAT16"]


class Libraries(unittest.TestCase):
    def test_a_library_that_is_none_is_refused(self):
        with self.assertRaisesRegex(AssertionError, "the worker ended.*no-such-library"):
            Worker("--gpu", "none", "--onnxruntime", "/no-such-library.so")


if __name__ == "__main__":
    unittest.main()
