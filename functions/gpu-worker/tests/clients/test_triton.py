"""NVIDIA's client for Triton talks to the worker: health, metadata, JSON and binary tensors, errors, many at once."""

import concurrent.futures
import json
import shutil
import unittest
import urllib.error
import urllib.request

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from worker import TOKEN, Worker, headers, until


def tensor(name, values, binary=True):
    made = triton.InferInput(name, values.shape, "INT16")
    made.set_data_from_numpy(values, binary_data=binary)
    return made


def atlas_inputs(count, binary=True, seed=1):
    numbers = np.random.default_rng(seed)
    points = numbers.integers(-128, 128, (count, 6, 1, 1), dtype=np.int16)
    latent = np.arange(-16, 16, dtype=np.int16)
    return [tensor("input", points, binary), tensor("latent", latent, binary)]


class Triton(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.worker = Worker("--body-limit", "10000000")

    @classmethod
    def tearDownClass(cls):
        assert cls.worker.stop() == 0

    def setUp(self):
        self.client = triton.InferenceServerClient(self.worker.url, concurrency=32)

    def tearDown(self):
        self.client.close()

    def refused(self, status, text, call, *arguments, **named):
        with self.assertRaises(InferenceServerException) as caught:
            call(*arguments, **named, headers=headers())
        self.assertEqual(caught.exception.status(), str(status), caught.exception)
        self.assertIn(text, caught.exception.message())

    def reason(self, model):
        """Why a model isn't served as it lies there, empty if it is."""
        index = self.client.get_model_repository_index(headers=headers())
        return next(line["reason"] for line in index if line["name"] == model)

    def test_health_needs_no_token_and_all_else_does(self):
        self.assertTrue(self.client.is_server_live())
        self.assertTrue(self.client.is_server_ready())
        with self.assertRaises(InferenceServerException) as caught:
            self.client.get_server_metadata()
        self.assertEqual(caught.exception.status(), "401")
        with self.assertRaises(InferenceServerException):
            self.client.get_server_metadata(headers={"Authorization": f"Bearer {TOKEN}x"})

    def test_metadata(self):
        server = self.client.get_server_metadata(headers=headers())
        self.assertIn("binary_tensor_data", server["extensions"])
        model = self.client.get_model_metadata("atlas", headers=headers())
        self.assertEqual(model["versions"], ["1"])
        self.assertEqual(model["inputs"][0], {"name": "input", "datatype": "INT16", "shape": [-1, 6, 1, 1]})
        self.assertTrue(self.client.is_model_ready("atlas", headers=headers()))
        self.assertTrue(self.client.is_model_ready("atlas", "1", headers=headers()))
        self.assertFalse(self.client.is_model_ready("atlas", "2", headers=headers()))
        index = self.client.get_model_repository_index(headers=headers())
        self.assertIn(("atlas", "READY"), [(line["name"], line["state"]) for line in index])

    def test_json_and_binary_give_the_same(self):
        made = {}
        for binary_in in (True, False):
            for binary_out in (True, False):
                outputs = [triton.InferRequestedOutput("output", binary_data=binary_out)]
                inputs = atlas_inputs(100, binary_in)
                result = self.client.infer("atlas", inputs, outputs=outputs, request_id="7", headers=headers())
                answer = result.get_response()
                self.assertEqual((answer["id"], answer["model_version"]), ("7", "1"))
                self.assertIn("exact", answer["parameters"]["engine"])
                made[binary_in, binary_out] = result.as_numpy("output")
        self.assertEqual(made[True, True].shape, (100, 3, 1, 1))
        self.assertEqual(made[True, True].dtype, np.uint8)
        for other in made.values():
            np.testing.assert_array_equal(other, made[True, True])

    def test_many_at_once_get_their_own_answers(self):
        alone = [self.client.infer("atlas", atlas_inputs(3, seed=seed), headers=headers()) for seed in range(64)]
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            # The client's connections belong to a thread.
            def ask(seed):
                client = triton.InferenceServerClient(self.worker.url)
                return client.infer("atlas", atlas_inputs(3, seed=seed), headers=headers())

            together = list(pool.map(ask, range(64)))
        for one, other in zip(alone, together):
            np.testing.assert_array_equal(one.as_numpy("output"), other.as_numpy("output"))

    def test_a_compressed_request_is_the_same_and_bounded_by_what_comes_out_of_it(self):
        plain = self.client.infer("atlas", atlas_inputs(500), headers=headers()).as_numpy("output")
        for algorithm in "gzip", "deflate":
            squeezed = {"headers": headers(), "request_compression_algorithm": algorithm, "response_compression_algorithm": algorithm}
            made = self.client.infer("atlas", atlas_inputs(500), **squeezed)
            np.testing.assert_array_equal(made.as_numpy("output"), plain)
        self.refused(413, "limit", self.client.infer, "atlas", atlas_inputs(1_000_000), request_compression_algorithm="gzip")
        request = urllib.request.Request(f"http://{self.worker.url}/v2/models/atlas/infer", b"{}", headers() | {"content-encoding": "br"})
        with self.assertRaises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(request, timeout=10)
        self.assertEqual(refusal.exception.code, 415)
        self.assertIn("gzip or deflate", json.load(refusal.exception)["error"])

    def test_errors_are_clear(self):
        infer = self.client.infer
        self.refused(404, "no model `none` is served", infer, "none", atlas_inputs(1))
        self.refused(404, "no version 9 of model `atlas`", infer, "atlas", atlas_inputs(1), model_version="9")
        self.refused(400, "input `latent` is missing", infer, "atlas", atlas_inputs(1)[:1])
        wrong = tensor("input", np.zeros((1, 7, 1, 1), np.int16))
        self.refused(400, "has the shape [1, 7, 1, 1]", infer, "atlas", [wrong, atlas_inputs(1)[1]])
        wrong = triton.InferInput("input", (1, 6, 1, 1), "FP32")
        wrong.set_data_from_numpy(np.zeros((1, 6, 1, 1), np.float32))
        self.refused(400, "is FP32, the model takes INT16", infer, "atlas", [wrong, atlas_inputs(1)[1]])
        wrong = tensor("input", np.full((1, 6, 1, 1), 300, np.int16))
        self.refused(400, "300", infer, "atlas", [wrong, atlas_inputs(1)[1]])
        output = [triton.InferRequestedOutput("picture")]
        self.refused(400, "no output `picture`", infer, "atlas", atlas_inputs(1), outputs=output)
        self.refused(413, "a body has at most 10000000 bytes", infer, "atlas", atlas_inputs(1_000_000))

    def test_a_full_queue_refuses_and_says_when_to_come_again(self):
        narrow = "dynamic_batching { default_queue_policy { max_queue_size: 1 } }"
        self.worker.add("narrow", self.worker.models / "atlas/1/model.vdgn", narrow)
        until(lambda: self.client.is_model_ready("narrow", headers=headers()))
        points = {"name": "input", "shape": [10_000, 6, 1, 1], "datatype": "INT16", "data": [1] * 60_000}
        latent = {"name": "latent", "shape": [32], "datatype": "INT16", "data": [2] * 32}
        body = json.dumps({"inputs": [points, latent]}).encode()

        def ask(_):
            request = urllib.request.Request(f"http://{self.worker.url}/v2/models/narrow/infer", body, headers())
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return answer.status, answer.read()
            except urllib.error.HTTPError as refusal:
                return refusal.code, (refusal.headers["Retry-After"], json.load(refusal)["error"])

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(ask, range(64)))
        refused = [what for status, what in answers if status == 429]
        self.assertEqual(set(refused), {("1", "1 requests are waiting already")})
        self.assertEqual(len({what for status, what in answers if status == 200}), 1)
        self.assertEqual({status for status, _ in answers}, {200, 429})

    def test_a_small_picture_does_not_wait_for_a_large_one_and_a_bound_is_kept(self):
        task = 'parameters { key: "task" value { string_value: "picture" } }'
        queue = "dynamic_batching { default_queue_policy { default_timeout_microseconds: 50000 } }"
        for name, config in ("pictures", task), ("prompt_pictures", f"{task} {queue}"):
            self.worker.add(name, self.worker.models / "atlas/1/model.vdgn", config)
            until(lambda: self.client.is_model_ready(name, headers=headers()))

        def inputs(size):
            given = {"seed": np.arange(32, dtype=np.uint8), "traits": np.zeros(32, np.uint8), "size": np.array([size], np.uint16)}
            made = []
            for name, values in given.items():
                made.append(triton.InferInput(name, values.shape, "UINT16" if name == "size" else "UINT8"))
                made[-1].set_data_from_numpy(values)
            return made

        self.refused(429, "within 50 ms", self.client.infer, "prompt_pictures", inputs(1024))
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            client = triton.InferenceServerClient(self.worker.url)
            large = pool.submit(client.infer, "pictures", inputs(1024), headers=headers())
            small = self.client.infer("pictures", inputs(64), headers=headers()).as_numpy("pixels")
            self.assertFalse(large.done())
            self.assertEqual((small.shape, large.result().as_numpy("pixels").shape), ((64, 64, 3), (1024, 1024, 3)))
            client.close()

    def test_a_changed_model_is_reloaded_and_a_broken_one_serves_on(self):
        folder = self.worker.models / "changing" / "1"
        folder.mkdir(parents=True)
        shutil.copy(self.worker.models / "duel" / "1" / "model.vdgn", folder / "model.vdgn")
        until(lambda: self.client.is_model_ready("changing", headers=headers()))
        before = self.client.get_model_metadata("changing", headers=headers())
        (folder / "model.vdgn").write_bytes(b"broken")
        until(lambda: "model.vdgn" in self.reason("changing"))
        self.assertTrue(self.client.is_server_ready(), "it serves as before")
        self.assertEqual(self.client.get_model_metadata("changing", headers=headers()), before)
        shutil.copy(self.worker.models / "atlas" / "1" / "model.vdgn", folder / "model.vdgn")
        until(lambda: not self.reason("changing"))
        shape = self.client.get_model_metadata("changing", headers=headers())["inputs"][0]["shape"]
        self.assertEqual(shape, [-1, 6, 1, 1])
        shutil.rmtree(self.worker.models / "changing")
        until(lambda: not self.client.is_model_ready("changing", headers=headers()))
