"""Pictures per second: the flagship network in wgpu, and the same network in PyTorch on the same GPU.

    python pictures.py PICTURES [SIZE]

PICTURES is the built example `pictures` of functions/gpu-worker; the device is `VERDIGRIS_GPU`'s for the one and the
first of CUDA's for the other (the CPU, if there is none, and then without fp16). Needs onnx and PyTorch 2. Prints a map of
figures: networks a second are whole runs for SIZE² pixels, from inputs in the host's memory to outputs there; other bytes
are the share of a run's outputs that are not those of fp32, whose numbers are exact here."""

import json
import pathlib
import subprocess
import sys
import time

import numpy as np
import onnx
import torch
from onnx import numpy_helper

ATLAS = pathlib.Path(__file__).resolve().parents[2] / "models/atlas/atlas.onnx"
SECONDS = 5


class Network(torch.nn.Module):
    """The flagship's ONNX file, node by node, in one precision."""

    def __init__(self, precision):
        super().__init__()
        graph = onnx.load(ATLAS).graph
        self.output = graph.output[0].name
        self.nodes = [(node.op_type, list(node.input), node.output[0]) for node in graph.node]
        self.names = {}
        for number, constant in enumerate(graph.initializer):
            value = torch.tensor(numpy_helper.to_array(constant))
            self.names[constant.name] = f"constant{number}"
            self.register_buffer(f"constant{number}", value.to(precision) if value.is_floating_point() else value)

    def forward(self, features, latent):
        values = {name: getattr(self, held) for name, held in self.names.items()}
        values |= {"features": features, "latent": latent}
        for operator, names, output in self.nodes:
            read = [values[name] for name in names]
            match operator:
                case "Gemm" if len(read) == 3:
                    made = torch.addmm(read[2], read[0], read[1].T)
                case "Gemm":
                    made = read[0] @ read[1].T
                case "Add":
                    made = read[0] + read[1]
                case "Mul":
                    made = read[0] * read[1]
                case "Floor":
                    made = read[0].floor()
                case "Clip":
                    made = read[0].clamp(read[1], read[2])
                case "Cast":
                    made = read[0].to(torch.int32)
                case "Mod":
                    made = read[0] & (read[1] - 1)
                case "Gather":
                    made = read[0][read[1]]
                case "Concat":
                    made = torch.cat(read, 1)
                case _:
                    raise ValueError(f"the flagship has no {operator}")
            values[output] = made
        return values[self.output]


def points(size):
    """What the network is asked for each pixel (models/atlas/network.py)."""
    axis = np.arange(size) * 4096 // size - 2048
    u, v = (part.ravel().astype("i8") for part in np.meshgrid(axis, axis))
    whole = np.stack([u, v, np.floor(np.sqrt(u * u + v * v)).astype("i8") - 1024], 1)
    return np.stack([whole >> 4, whole & 15], 2).reshape(-1, 6).astype("f4")


def per_second(work):
    """How often something is done in a second, after three times that don't count."""
    for _ in range(3):
        work()
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        work()
        count += 1
    return count / (time.perf_counter() - start)


def main():
    size = int(sys.argv[2]) if len(sys.argv) > 2 else 512
    made = subprocess.run([sys.argv[1], str(size), str(SECONDS)], check=True, stdout=subprocess.PIPE)
    figures = json.loads(made.stdout)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    figures["torch"] = f"{torch.__version__} on {torch.cuda.get_device_name() if device == 'cuda' else 'the CPU'}"
    host, latent = torch.from_numpy(points(size)), torch.full((1, 32), 5.0)
    right = None
    for precision in [torch.float32, torch.float16] if device == "cuda" else [torch.float32]:
        network = Network(precision).to(device).eval()

        def run(network=network, precision=precision):
            with torch.inference_mode():
                return network(host.to(device, precision), latent.to(device, precision)).to(torch.uint8).cpu()

        name = str(precision).removeprefix("torch.float")
        found = run()
        right = found if right is None else right
        figures[f"torch_fp{name}_per_s"] = per_second(run)
        figures[f"torch_fp{name}_other_bytes"] = (found != right).float().mean().item()
        compiled = torch.compile(network)
        figures[f"torch_fp{name}_compiled_per_s"] = per_second(lambda: run(compiled, precision))
        figures[f"torch_fp{name}_compiled_other_bytes"] = (run(compiled, precision) != right).float().mean().item()
    print(json.dumps(figures))


main()
