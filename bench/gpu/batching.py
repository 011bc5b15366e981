"""What batching gains, and what it promises: a small ONNX file on the CPU, asked by 32 clients one request at a time and
in batches; then by far more clients than there is time for.

    python batching.py LOAD

LOAD is the built example `load` of functions/gpu-worker. Prints a map of figures."""

import json
import pathlib
import subprocess
import sys

import numpy as np
import onnx
import tritonclient.http as triton
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "functions/gpu-worker/tests/clients"))
from test_onnx import LIBRARY
from worker import Worker, headers, TOKEN, until

WIDTH, HIDDEN, CLIENTS, SECONDS, BOUND_MS = 1024, 4096, 32, 8, 100


def perceptron(path):
    """Two layers, 8.4 million weights."""
    numbers = np.random.default_rng(1)
    shapes = {"w1": (WIDTH, HIDDEN), "w2": (HIDDEN, WIDTH)}
    weights = [numpy_helper.from_array(numbers.normal(size=s).astype("f4") / 32, n) for n, s in shapes.items()]
    nodes = [
        helper.make_node("MatMul", ["x", "w1"], ["h"]),
        helper.make_node("Relu", ["h"], ["a"]),
        helper.make_node("MatMul", ["a", "w2"], ["y"]),
    ]
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", WIDTH]) for name in "xy")
    graph = helper.make_graph(nodes, "perceptron", [x], [y], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def request(path):
    """The body of a request for one element, and how much of it is JSON."""
    x = triton.InferInput("x", (1, WIDTH), "FP32")
    x.set_data_from_numpy(np.linspace(-1, 1, WIDTH, dtype="f4")[None])
    wanted = [triton.InferRequestedOutput("y", binary_data=True)]
    body, length = triton.InferenceServerClient.generate_request_body([x], outputs=wanted)
    path.write_bytes(body)
    return length


def main():
    worker = Worker("--gpu", "none", "--onnxruntime", LIBRARY, models=())
    try:
        model, body = worker.folder / "made.onnx", worker.folder / "body"
        perceptron(model)
        length = request(body)
        queue = f"default_queue_policy {{ default_timeout_microseconds: {BOUND_MS * 1000} }}"
        batching = f"dynamic_batching {{ max_queue_delay_microseconds: 1000 {queue} }}"
        worker.add("single", model, "max_batch_size: 1", name="model.onnx")
        worker.add("batched", model, f"max_batch_size: 32 {batching}", name="model.onnx")
        client = triton.InferenceServerClient(worker.url)
        until(lambda: all(client.is_model_ready(name, headers=headers()) for name in ("single", "batched")))

        def load(name, clients):
            command = [sys.argv[1], worker.url, name, body, length, clients, SECONDS]
            made = subprocess.run([str(word) for word in command], env={"VERDIGRIS_WORKER_TOKEN": TOKEN}, check=True, stdout=subprocess.PIPE)
            figures = json.loads(made.stdout)
            print(f"{name:>8}, {clients:>3} clients: {figures}", file=sys.stderr)
            return figures

        for name in ("single", "batched"):
            load(name, 4)
        rounds = [(load("single", CLIENTS), load("batched", CLIENTS)) for _ in range(3)]
        gains = sorted(batched["per_s"] / single["per_s"] for single, batched in rounds)
        overload = [load("batched", 16 * CLIENTS) for _ in range(3)]
        figures = {
            "gpu_batching_gain": round(gains[1], 2),
            "gpu_batched_per_s": sorted(batched["per_s"] for _, batched in rounds)[1],
            "gpu_single_per_s": sorted(single["per_s"] for single, _ in rounds)[1],
            "gpu_p99_ms_overload": max(figures["p99_ms"] for figures in overload),
            "gpu_latency_bound_ms": BOUND_MS,
            "gpu_refused_overload": sum(figures["refused"] for figures in overload),
        }
        print(json.dumps(figures))
    finally:
        worker.stop()


main()
