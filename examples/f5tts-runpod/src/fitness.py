"""Checks that the worker can do its work before the platform gives it any.

The runpod SDK runs them in production, before the first job is taken, and ends the process when one raises:
a worker that would run on the CPU, has half a bucket, or gives no audio, never gets a job.
"""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import runpod
import torch
from reference import StoredVoice, prepare_clip
from schema import Request, Voice
from storage import Bucket
from synthesis import Synthesizer

WARM_UP_STEPS = 2


def register_checks(synthesizer: Synthesizer, voices: Mapping[str, StoredVoice]) -> None:
    """Hand the checks to the SDK: the device, the settings of the bucket, then a warm-up of two steps."""

    def cuda_is_there() -> None:
        check_device(synthesizer.device)

    def bucket_is_set_up_or_not_wanted() -> None:
        Bucket.from_environment()

    def speech_comes_out() -> None:
        warm_up(synthesizer, voices)

    runpod.serverless.register_fitness_check(cuda_is_there)
    runpod.serverless.register_fitness_check(bucket_is_set_up_or_not_wanted)
    runpod.serverless.register_fitness_check(speech_comes_out)


def check_device(device: str) -> None:
    """Raises RuntimeError unless `device` is a CUDA device, or F5TTS_ALLOW_CPU=1 says that it need not be.

    torch falls back to the CPU without a word when the driver of the host is older than its CUDA.
    """
    if device.startswith("cuda") or os.environ.get("F5TTS_ALLOW_CPU") == "1":
        return
    wanted = torch.version.cuda or "none"
    raise RuntimeError(
        f"the model is on {device}: torch {torch.__version__} (CUDA {wanted}) sees no GPU;"
        " choose hosts with a driver for that CUDA version"
    )


def warm_up(synthesizer: Synthesizer, voices: Mapping[str, StoredVoice]) -> None:
    """Speak one sentence with the default voice: loads kernels, and raises when no usable audio comes out."""
    request = Request(
        gen_text="The worker is ready to speak.",
        reference=Voice("default"),
        ref_text=voices["default"].text,
        seed=0,
        nfe_step=WARM_UP_STEPS,
    )
    with tempfile.TemporaryDirectory(prefix="warm-up-") as folder:
        synthesizer.speak(request, prepare_clip(request.reference, voices, Path(folder)))
