"""Turns a job into speech."""

import runpod
from f5_tts.api import F5TTS

MODEL = F5TTS()


def handler(job: dict[str, dict[str, str]]) -> dict[str, object]:
    """The samples and their rate for one job."""
    wanted = job["input"]
    samples, rate, _ = MODEL.infer(wanted["ref_audio"], wanted["ref_text"], wanted["gen_text"])
    return {"samples": samples.tolist(), "rate": rate}


runpod.serverless.start({"handler": handler})
