"""Starts the worker that `VERDIGRIS_GPU_WORKER` names, on a folder of models that the tests may change."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[4]
PROGRAM = os.environ["VERDIGRIS_GPU_WORKER"]
TOKEN = "a token of the tests"


class Worker:
    """A worker with the models `atlas` and `duel`, until it is stopped."""

    def __init__(self, *flags, models=("atlas", "duel")):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="verdigris-worker-"))
        self.models = self.folder / "models"
        self.models.mkdir()
        for model in models:
            self.add(model, ROOT / f"models/{model}/{model}.vdgn")
        self.flags = ("--state-dir", self.folder / "state", *flags)
        self.start()

    def start(self):
        arguments = ["--models", self.models, "--listen", "127.0.0.1:0", "--reload", "1", *self.flags]
        secret = {"VERDIGRIS_WORKER_TOKEN": TOKEN}
        with open(self.folder / "log.txt", "ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, *arguments], env=os.environ | secret, stdout=subprocess.PIPE, stderr=log
            )
        line = self.process.stdout.readline()
        if not line:
            self.kill()
            raise AssertionError(f"the worker ended: {self.log()}")
        self.facts = json.loads(line)
        self.url = self.facts["listening"].removeprefix("http://")

    def add(self, model, file, config=None, name="model.vdgn", version="1"):
        """A model of one file."""
        folder = self.models / model / version
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, folder / name)
        if config:
            (self.models / model / "config.pbtxt").write_text(config)

    def log(self):
        return (self.folder / "log.txt").read_text()

    def kill(self):
        """Ends it at once, as a crash would."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        """Ends it in order; its exit status."""
        self.process.terminate()
        status = self.process.wait(30)
        self.process.stdout.close()
        shutil.rmtree(self.folder)
        return status


def headers():
    """Anew for each call: tritonclient adds to what it is given."""
    return {"Authorization": f"Bearer {TOKEN}"}


def until(is_so, seconds=20):
    """Waits until something is so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("it didn't come to be")
