"""Text to picture: the committed model of models/sketch, asked as any client would ask."""

import json
import shutil
import unittest

import numpy as np
import onnx
import tritonclient.http as triton
from onnx import TensorProto, helper
from tritonclient.utils import InferenceServerException

from test_onnx import LIBRARY
from worker import ROOT, Worker, headers, until

SKETCH = ROOT / "models/sketch/onnx"
COLOURS = {"red": (214, 59, 48), "blue": (52, 104, 192), "yellow": (244, 208, 63), "white": (244, 243, 239)}


def checker(folder):
    """A safety checker that objects to bright pictures."""
    (folder / "safety_checker").mkdir()
    (folder / "feature_extractor").mkdir()
    preprocessor = {"image_mean": [0, 0, 0], "image_std": [1, 1, 1], "crop_size": 224}
    (folder / "feature_extractor/preprocessor_config.json").write_text(json.dumps(preprocessor))
    nodes = [
        helper.make_node("ReduceMean", ["clip_input"], ["mean"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Constant", [], ["bright"], value_float=0.75),
        helper.make_node("Greater", ["mean", "bright"], ["has_nsfw_concepts"]),
        helper.make_node("Identity", ["images"], ["out_images"]),
    ]
    clip = helper.make_tensor_value_info("clip_input", TensorProto.FLOAT, ["batch", 3, 224, 224])
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", "height", "width", 3])
    out = helper.make_tensor_value_info("out_images", TensorProto.FLOAT, ["batch", "height", "width", 3])
    verdict = helper.make_tensor_value_info("has_nsfw_concepts", TensorProto.BOOL, ["batch"])
    graph = helper.make_graph(nodes, "checker", [clip, images], [out, verdict])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / "safety_checker/model.onnx")


class Diffusion:
    """What holds for any engine."""

    flags = ()

    @classmethod
    def setUpClass(cls):
        cls.worker = Worker("--gpu", "none", *cls.flags, models=())
        models = cls.worker.models
        shutil.copytree(SKETCH, models / "sketch/1")
        shutil.copytree(SKETCH, models / "checked/1")
        checker(models / "checked/1")
        for name, settings in (("unlisted", ""), ("open", 'parameters { key: "prompts" value { string_value: "any" } }')):
            shutil.copytree(SKETCH, models / name / "1")
            (models / name / "1/allowed_words.txt").unlink()
            (models / name / "config.pbtxt").write_text(settings)
        shutil.copytree(SKETCH, models / "former/1")
        path = models / "former/1/unet/model.onnx"
        unet = onnx.load(path)
        time = next(tensor for tensor in unet.graph.input if tensor.name == "timestep")
        assert not time.type.tensor_type.shape.dim, "as optimum exports it"
        time.type.tensor_type.shape.dim.add().dim_param = "steps"
        onnx.save(unet, path)
        shutil.copytree(SKETCH, models / "heun/1")
        shutil.copytree(SKETCH, models / "unchecked/1")
        path = models / "unchecked/1/model_index.json"
        index = json.loads(path.read_text()) | {"safety_checker": ["diffusers", "StableDiffusionSafetyChecker"]}
        path.write_text(json.dumps(index))
        path = models / "heun/1/scheduler/scheduler_config.json"
        path.write_text(path.read_text().replace("DDIMScheduler", "HeunDiscreteScheduler"))
        cls.client = triton.InferenceServerClient(cls.worker.url, network_timeout=120, connection_timeout=120)
        until(lambda: len(cls.standings()) == 7 and all(line["reason"] or line["version"] for line in cls.standings().values()))

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        assert cls.worker.stop() == 0

    @classmethod
    def standings(cls):
        return {line["name"]: line for line in cls.client.get_model_repository_index(headers=headers())}

    def draw(self, prompt, seed=1, model="sketch", parameters=None, **others):
        types = {"negative_prompt": object, "steps": np.int32, "guidance": np.float32, "height": np.int32, "width": np.int32}
        values = {"prompt": np.array([prompt], object), "seed": np.array([seed], np.uint64)}
        values |= {name: np.array([value], types[name]) for name, value in others.items()}
        inputs = []
        for name, value in values.items():
            kind = {"O": "BYTES", "u": "UINT64", "i": "INT32", "f": "FP32"}[value.dtype.kind]
            inputs.append(triton.InferInput(name, [1], kind))
            inputs[-1].set_data_from_numpy(value)
        result = self.client.infer(model, inputs, headers=headers(), parameters=parameters)
        self.engine_name = result.get_response()["parameters"]["engine"]
        flagged = result.as_numpy("flagged")
        self.flagged = None if flagged is None else bool(flagged[0])
        return result.as_numpy("picture")

    def refused(self, text, *arguments, **named):
        with self.assertRaises(InferenceServerException) as caught:
            self.draw(*arguments, **named)
        self.assertEqual(caught.exception.status(), "400", caught.exception)
        self.assertIn(text, caught.exception.message())

    def test_a_picture_shows_what_was_asked_for(self):
        for colour, ground in (("red", "white"), ("blue", "yellow")):
            picture = self.draw(f"a large {colour} square on {ground}").astype(float)
            self.assertEqual(picture.shape, (64, 64, 3))
            middle, rim = picture[28:36, 28:36].mean((0, 1)), picture[[0, -1]].mean((0, 1))
            nearest = lambda found: min(COLOURS, key=lambda name: np.abs(np.array(COLOURS[name]) - found).sum())
            self.assertEqual((nearest(middle), nearest(rim)), (colour, ground))
        self.assertIn(self.engine, self.engine_name)

    def test_prompt_seed_and_settings_make_the_picture(self):
        first = self.draw("a small red ring on blue", seed=7, steps=5)
        np.testing.assert_array_equal(self.draw("a small red ring on blue", seed=7, steps=5), first)
        np.testing.assert_array_equal(self.draw("A  small RED ring on blue ", seed=7, steps=5), first)
        for prompt, seed, others in (
            ("a small red ring on blue", 8, {"steps": 5}),
            ("a small red cross on blue", 7, {"steps": 5}),
            ("a small red ring on blue", 7, {"steps": 6}),
            ("a small red ring on blue", 7, {"steps": 5, "guidance": 1.0}),
            ("a small red ring on blue", 7, {"steps": 5, "negative_prompt": "red"}),
        ):
            self.assertFalse(np.array_equal(self.draw(prompt, seed, **others), first), (prompt, seed, others))
        self.assertEqual(self.draw("a red circle", steps=2, height=32, width=96).shape, (32, 96, 3))

    def test_a_timestep_may_have_a_side_as_former_exports_gave_it(self):
        first = self.draw("a red circle", steps=3)
        np.testing.assert_array_equal(self.draw("a red circle", steps=3, model="former"), first)

    def test_wishes_that_cannot_be_met_are_named(self):
        self.refused("the prompt's word `cat` is not among those that are allowed", "a red cat")
        self.refused("`cat` is not among", "a red circle", negative_prompt="cat")
        for sign in ("☭", "🔞", "<|endoftext|>", "re\u0301d", "re\u0301 d", "re​d"):
            self.refused("is not among those that are allowed", f"a {sign} circle")
        self.refused("the prompt has 15 tokens, the model takes 14", "a " * 15)
        self.refused("a picture takes 1 to 200 steps, not 0", "a red circle", steps=0)
        self.refused("a picture takes 1 to 200 steps, not 0", "a red circle", steps=-1)
        self.refused("guidance is 0 to 50, not 51", "a red circle", guidance=51)
        self.refused("guidance is 0 to 50, not NaN", "a red circle", guidance=float("nan"))
        self.refused("multiples of 16 up to 1024", "a red circle", height=2048, width=64)
        self.refused("multiples of 16 up to 1024", "a red circle", height=40, width=64)
        self.refused("`height` and `width` come together", "a red circle", height=64)

    def test_prompts_are_free_only_where_that_is_said(self):
        standings = self.standings()
        self.assertIn("allowed_words.txt", standings["unlisted"]["reason"])
        self.assertIn("safety_checker/model.onnx is missing", standings["unchecked"]["reason"])
        self.assertIn("HeunDiscreteScheduler is not known here", standings["heun"]["reason"])
        self.assertEqual(self.draw("a red cat", model="open", steps=1).shape, (64, 64, 3))

    def test_what_the_checker_objects_to_is_black(self):
        bright = self.draw("a small yellow circle on white", model="sketch")
        self.assertIsNone(self.flagged, "without a checker, nothing is said")
        self.assertGreater(bright.mean(), 0.75 * 255)
        self.assertEqual(self.draw("a small yellow circle on white", model="checked").max(), 0)
        self.assertTrue(self.flagged)
        self.assertGreater(self.draw("a large black square on blue", model="checked").max(), 0)
        self.assertFalse(self.flagged)

    def test_no_level_that_cannot_be_proved(self):
        for level in ("attested", "quorum"):
            self.draw("a red circle", steps=1, parameters={"level": level})
        for level in ("optimistic", "proven", "executed"):
            self.refused("its levels are attested and quorum", "a red circle", steps=1, parameters={"level": level})
        self.refused("`level` is attested, quorum", "a red circle", steps=1, parameters={"level": "best"})


class OnRuntime(Diffusion, unittest.TestCase):
    engine = "onnxruntime"
    flags = ("--onnxruntime", LIBRARY)


class OnTract(Diffusion, unittest.TestCase):
    engine = "tract"


if __name__ == "__main__":
    unittest.main()
