"""Tiny weights, a warm synthesizer, and worker processes, for all tests."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from platform_server import Worker

HERE = Path(__file__).resolve().parent
HANDLER = HERE.parent / "src" / "handler.py"


@pytest.fixture(scope="session", autouse=True)
def nothing_from_outside() -> None:
    """No test sees the bucket, the platform or the proxies of the machine it runs on."""
    for name in list(os.environ):
        if name.startswith(("BUCKET_", "RUNPOD_", "F5TTS_")) or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Tiny real weights; the environment that makes the worker load them."""
    from tiny import make_weights

    folder = tmp_path_factory.mktemp("weights")
    model = make_weights(folder)
    return {
        "F5TTS_MODEL": model,
        "F5TTS_CHECKPOINT": str(folder / "model.safetensors"),
        "F5TTS_VOCODER": str(folder / "vocos"),
    }


@pytest.fixture(scope="session")
def synthesizer(weights: dict[str, str]) -> object:
    """F5-TTS with the tiny weights, loaded once for all tests in this process."""
    from synthesis import ModelFiles, Synthesizer

    return Synthesizer(
        ModelFiles(
            name=weights["F5TTS_MODEL"],
            checkpoint=Path(weights["F5TTS_CHECKPOINT"]),
            vocoder=Path(weights["F5TTS_VOCODER"]),
        )
    )


@pytest.fixture
def start_worker(weights: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """Start `python handler.py ARGUMENTS` with the tiny weights; every process is gone after the test.

    What it prints goes to worker.log in the test's folder.
    """
    workers: list[Worker] = []

    def start(*arguments: str, **environment: str) -> Worker:
        scratch = tmp_path / "tmp"
        scratch.mkdir(exist_ok=True)
        settings = {
            "F5TTS_ALLOW_CPU": "1",
            "RUNPOD_SKIP_AUTO_SYSTEM_CHECKS": "true",
            "RUNPOD_SKIP_GPU_CHECK": "true",
            "RUNPOD_LOG_LEVEL": "INFO",
            "TMPDIR": str(scratch),
            "HOME": str(scratch),
        }
        with (tmp_path / "worker.log").open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, str(HANDLER), *arguments],
                env=os.environ | settings | weights | environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=tmp_path,
            )
        workers.append(worker)
        return worker

    yield start
    for worker in workers:
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
