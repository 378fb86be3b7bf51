"""The RunPod serverless worker: turns a job into speech.

The model is loaded when this module is imported, once for the life of the worker. A failure there ends the
process, so that the platform sees a broken worker and not one that fails every job.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

import runpod
from fitness import register_checks
from reference import find_voices, prepare_clip, voices_folder
from runpod.serverless.modules.rp_logger import RunPodLogger
from schema import Refusal, parse_request
from storage import deliver
from synthesis import Synthesizer

JOURNAL = RunPodLogger()
VOICES = find_voices(voices_folder())
SYNTHESIZER = Synthesizer.from_environment()


def handler(job: dict[str, Any]) -> dict[str, Any]:
    """The output of one job, or `{"error": sentence}` when the caller can do something about it.

    Any other failure is raised: the SDK logs it with its traceback and reports the job as failed.
    """
    job_id = str(job["id"])
    try:
        request = parse_request(job.get("input"), {name: voice.text for name, voice in VOICES.items()})
        with tempfile.TemporaryDirectory(prefix="job-") as folder:
            clip = prepare_clip(request.reference, VOICES, Path(folder))
            _report(job, {"stage": "synthesis"})
            speech = SYNTHESIZER.speak(
                request,
                clip,
                lambda done, every: _report(job, {"stage": "synthesis", "chunk": done, "chunks": every}),
            )
        output = deliver(speech, request.output_format, request.delivery, job_id)
    except Refusal as refusal:
        JOURNAL.warn(f"refused: {refusal}", job_id)
        return {"error": str(refusal)}
    JOURNAL.info(f"spoke {speech.seconds:.1f} s on {SYNTHESIZER.device}", job_id)
    return output


def _report(job: dict[str, Any], progress: dict[str, Any]) -> None:
    """Tell the platform how far the job is, from a thread of the SDK's: it never holds up the work.

    Run by hand there is no platform to tell.
    """
    if os.environ.get("RUNPOD_WEBHOOK_POST_OUTPUT"):
        runpod.serverless.progress_update(job, progress)


if __name__ == "__main__":
    JOURNAL.info(f"model ready on {SYNTHESIZER.device}; voices: {', '.join(VOICES)}")
    register_checks(SYNTHESIZER, VOICES)
    runpod.serverless.start({"handler": handler})
