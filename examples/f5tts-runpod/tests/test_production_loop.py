"""The worker in production mode against a stand-in for the platform: nothing lost, nothing leaked, a clean end."""

import base64
import io
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
import requests
import soundfile
from moto.server import ThreadedMotoServer

from platform_server import Platform, Worker, wait_until
from sounds import reference_clip

REF_TEXT = "What the clip says, in about three seconds."
GOOD_JOB = {"gen_text": "A short sentence to speak.", "ref_audio": "voice:default", "nfe_step": 2}
BAD_JOBS: dict[str, tuple[object, str]] = {
    "job-03": ({}, "gen_text is required; ref_audio is required; ref_text is required"),
    "job-11": (GOOD_JOB | {"ref_audio": "http://10.0.0.1/x.wav", "ref_text": "x"}, "a public address"),
    "job-17": (
        GOOD_JOB | {"ref_audio": base64.b64encode(b"noise").decode(), "ref_text": "x"},
        "no audio that",
    ),
}
START_SECONDS = 300
LONG_TEXT = "One two three four five six seven, eight nine ten eleven twelve. " * 12


@pytest.fixture
def platform() -> Iterator[Platform]:
    with Platform() as running:
        yield running


def resident_kilobytes(worker: Worker) -> int:
    """What the worker process holds in memory now."""
    status = Path(f"/proc/{worker.pid}/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0])


def finish(worker: Worker, log: Path) -> None:
    """Ask the worker to stop, as the platform does, and see that it does so cleanly."""
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=180) == 0, log.read_text(errors="replace")[-3000:]


def test_twenty_jobs_three_of_them_bad_and_none_lost(
    platform: Platform, start_worker: Callable[..., Worker], tmp_path: Path
) -> None:
    jobs = {f"job-{number:02}": GOOD_JOB | {"seed": number} for number in range(20)}
    jobs |= {job_id: job_input for job_id, (job_input, _) in BAD_JOBS.items()}
    # The last one takes longer than the second between two heartbeats, on a fast machine as well.
    jobs["job-19"] |= {"gen_text": LONG_TEXT}
    for job_id, job_input in sorted(jobs.items()):
        platform.submit(job_id, job_input)
    worker = start_worker(**platform.environment())
    wait_until(lambda: len(platform.results) >= len(jobs), seconds=START_SECONDS, what="the last result")
    wait_until(lambda: len(platform.pings) > 2, seconds=30, what="a heartbeat")
    finish(worker, tmp_path / "worker.log")

    assert sorted(platform.taken) == sorted(jobs)
    assert sorted(job_id for job_id, _ in platform.results) == sorted(jobs)
    for job_id in jobs:
        result = platform.result(job_id)
        if job_id in BAD_JOBS:
            assert BAD_JOBS[job_id][1] in result["error"]
            continue
        audio = soundfile.info(io.BytesIO(base64.b64decode(result["output"]["audio_base64"])))
        assert audio.duration == pytest.approx(result["output"]["duration_seconds"], abs=0.01)
    # Progress goes out from threads of the SDK's and is on its way when the last result arrives.
    assert {job_id for job_id, _ in platform.progress} <= set(jobs) - set(BAD_JOBS)
    assert ("job-00", {"stage": "synthesis"}) in platform.progress
    # Whether a heartbeat names the jobs in progress is up to the SDK's ping process: in some runs none does.
    named = {job for ping in platform.pings for ids in ping.get("job_id", []) for job in ids.split(",")}
    assert named <= set(jobs)


def test_sigterm_during_a_job_finishes_that_job_and_takes_no_other(
    platform: Platform, start_worker: Callable[..., Worker], tmp_path: Path
) -> None:
    long_job = {
        "gen_text": LONG_TEXT,
        "ref_audio": reference_clip(),
        "ref_text": REF_TEXT,
        "nfe_step": 16,
    }
    platform.submit("long", long_job)
    worker = start_worker(**platform.environment())
    wait_until(
        lambda: any("chunk" in told for _, told in platform.progress),
        seconds=START_SECONDS,
        what="the first chunk",
    )
    assert platform.results == []
    platform.submit("late", GOOD_JOB)
    finish(worker, tmp_path / "worker.log")

    assert platform.result("long")["output"]["duration_seconds"] > 10
    assert platform.taken == ["long"]
    assert next(told for job_id, told in platform.progress if "chunk" in told)["stage"] == "synthesis"


def test_memory_stays_level_over_a_hundred_jobs(
    platform: Platform,
    start_worker: Callable[..., Worker],
    tmp_path: Path,
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    """After 20 jobs, which fill every cache, 100 more with ever new references may add 5 %."""
    worker = start_worker(**platform.environment())

    def run(first: int, last: int) -> int:
        for number in range(first, last):
            job = GOOD_JOB | {"ref_audio": reference_clip(pitch=100 + number), "ref_text": REF_TEXT}
            platform.submit(f"job-{number}", job)
        wait_until(lambda: len(platform.results) == last, seconds=START_SECONDS + 300, what="the last result")
        return resident_kilobytes(worker)

    warm = run(0, 20)
    later = run(20, 120)
    record_testsuite_property("kilobytes after 20 and after 120 jobs", (warm, later))
    finish(worker, tmp_path / "worker.log")
    assert all("error" not in result for _, result in platform.results)
    assert later <= warm * 1.05, f"{warm} kB after 20 jobs, {later} kB after 120"
    # What F5-TTS leaves in the temporary folder is bounded, and the jobs' own folders are gone.
    assert len(list((tmp_path / "tmp").glob("*.wav"))) <= 33
    assert list((tmp_path / "tmp").glob("job-*")) == []


def test_a_bucket_job_in_production(
    platform: Platform, start_worker: Callable[..., Worker], tmp_path: Path
) -> None:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    settings = {
        "BUCKET_ENDPOINT_URL": f"http://{host}:{port}",
        "BUCKET_NAME": "speech",
        "BUCKET_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "BUCKET_SECRET_ACCESS_KEY": "not-a-secret",
    }
    boto3.client(
        "s3",
        endpoint_url=settings["BUCKET_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="not-a-secret",  # noqa: S106
    ).create_bucket(Bucket="speech")
    platform.submit("stored", GOOD_JOB | {"delivery": "bucket", "output_format": "flac"})
    worker = start_worker(**platform.environment(), **settings)
    wait_until(lambda: platform.results, seconds=START_SECONDS, what="the result")
    finish(worker, tmp_path / "worker.log")

    output = platform.result("stored")["output"]
    response = requests.get(output["audio_url"], timeout=30)
    assert (response.status_code, response.headers["Content-Type"]) == (200, "audio/flac")
    assert soundfile.info(io.BytesIO(response.content)).frames > 0
    assert "not-a-secret" not in (tmp_path / "worker.log").read_text(errors="replace")
    server.stop()


@pytest.mark.parametrize(
    ("settings", "check", "reason"),
    [
        pytest.param({"F5TTS_ALLOW_CPU": "0"}, "cuda_is_there", "sees no GPU", id="no GPU"),
        pytest.param(
            {"BUCKET_NAME": "speech"},
            "bucket_is_set_up_or_not_wanted",
            "BUCKET_ENDPOINT_URL, BUCKET_ACCESS_KEY_ID, BUCKET_SECRET_ACCESS_KEY not set",
            id="half a bucket",
        ),
    ],
)
def test_an_unfit_worker_says_why_and_ends_before_its_first_job(
    platform: Platform, start_worker: Callable[..., Worker], settings: dict[str, str], check: str, reason: str
) -> None:
    platform.submit("never", GOOD_JOB)
    worker = start_worker(**platform.environment(), CUDA_VISIBLE_DEVICES="", **settings)
    assert worker.wait(timeout=START_SECONDS) == 1
    assert platform.taken == []
    (ping,) = platform.pings
    assert (ping["status"], ping["check"]) == (["unhealthy"], [check])
    assert reason in ping["reason"][0]


def test_a_worker_without_weights_ends_before_its_first_job(
    platform: Platform, start_worker: Callable[..., Worker], tmp_path: Path
) -> None:
    platform.submit("never", GOOD_JOB)
    worker = start_worker(**platform.environment(), F5TTS_CHECKPOINT=str(tmp_path / "missing.safetensors"))
    assert worker.wait(timeout=START_SECONDS) == 1
    assert platform.taken == []
    assert "missing.safetensors" in (tmp_path / "worker.log").read_text(errors="replace")
