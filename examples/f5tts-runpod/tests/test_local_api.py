"""The worker as the SDK's local API server: POST /runsync, and get audio or a sentence."""

import base64
import io
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
import soundfile

from platform_server import Worker, wait_until
from sounds import reference_clip

REF_TEXT = "What the clip says, in about three seconds."


@pytest.fixture
def api(start_worker: Callable[..., Worker], tmp_path: Path) -> Iterator[str]:
    """The address of a running worker."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    worker = start_worker("--rp_serve_api", "--rp_api_host", "127.0.0.1", "--rp_api_port", str(port))

    def answers() -> bool:
        if worker.poll() is not None:
            raise RuntimeError((tmp_path / "worker.log").read_text(errors="replace")[-3000:])
        try:
            return requests.get(address + "/openapi.json", timeout=1).ok
        except requests.RequestException:
            return False

    wait_until(answers, seconds=300, what="the start of the local API")
    yield address
    worker.terminate()
    assert worker.wait(timeout=30) in (0, -15)


def runsync(api: str, job_input: object) -> dict[str, object]:
    """What the worker answers to one job."""
    response = requests.post(f"{api}/runsync", json={"input": job_input}, timeout=120)
    response.raise_for_status()
    answer: dict[str, object] = response.json()
    return answer


def test_jobs_over_http(api: str) -> None:
    """One test, because a start costs ten seconds of imports."""
    uploaded = runsync(
        api,
        {
            "gen_text": "Say this.",
            "ref_audio": reference_clip(),
            "ref_text": REF_TEXT,
            "nfe_step": 2,
            "seed": 9,
        },
    )
    assert uploaded["status"] == "COMPLETED"
    output = uploaded["output"]
    assert isinstance(output, dict)
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(output["audio_base64"])))
    assert (rate, output["sample_rate"], output["seed"], output["format"]) == (24_000, 24_000, 9, "wav")
    assert len(samples) / rate == pytest.approx(output["duration_seconds"], abs=0.01)
    assert abs(samples).max() > 0

    voiced = runsync(
        api, {"gen_text": "Say that.", "ref_audio": "voice:default", "nfe_step": 2, "output_format": "ogg"}
    )
    assert isinstance(voiced["output"], dict)
    assert soundfile.info(io.BytesIO(base64.b64decode(voiced["output"]["audio_base64"]))).format == "OGG"

    refused = runsync(api, {"gen_text": "", "ref_audio": "http://127.0.0.1/x", "ref_text": "x", "speed": 9})
    assert refused["status"] == "FAILED"
    assert refused["error"] == (
        "gen_text must not be blank; speed must be between 0.3 and 3.0 times the pace of the reference, not 9"
    )

    inside = runsync(api, {"gen_text": "x", "ref_audio": "http://169.254.169.254/latest", "ref_text": "x"})
    assert inside["error"] == "ref_audio must be a URL that leads to a public address"

    garbage = runsync(
        api, {"gen_text": "x", "ref_audio": base64.b64encode(b"no audio").decode(), "ref_text": "x"}
    )
    assert garbage["error"] == "ref_audio is no audio that can be read (WAV, FLAC, OGG and MP3 can)"
