"""Encoding, the choice between inline and bucket, and a bucket that is really there (moto's server)."""

import base64
import io
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import boto3
import numpy as np
import pytest
import requests
import soundfile
import storage
from moto.server import ThreadedMotoServer
from storage import Bucket, StorageError, deliver, encode, region_of
from synthesis import Speech

from sounds import speech_like

SPEECH = Speech(speech_like(3.0), 24_000, seed=4)
# Noise does not compress: as WAV and FLAC alike too long for an answer.
LONG = Speech(np.random.default_rng(0).uniform(-0.5, 0.5, 24_000 * 200).astype(np.float32), 24_000, seed=4)


@pytest.mark.parametrize(
    ("output_format", "container", "subtype"),
    [
        pytest.param("wav", "WAV", "PCM_16", id="wav"),
        pytest.param("flac", "FLAC", "PCM_16", id="flac"),
        pytest.param("mp3", "MP3", "MPEG_LAYER_III", id="mp3"),
        pytest.param("ogg", "OGG", "OPUS", id="ogg"),
    ],
)
def test_each_format_decodes_to_the_same_length(output_format: str, container: str, subtype: str) -> None:
    encoded = io.BytesIO(encode(SPEECH, output_format))
    info = soundfile.info(encoded)
    assert (info.format, info.subtype, info.samplerate) == (container, subtype, 24_000)
    assert info.duration == pytest.approx(3.0, abs=0.1)


def test_loud_samples_are_clipped_and_do_not_wrap() -> None:
    loud = Speech(np.array([0.0, 1.5, -1.5] * 8_000, dtype=np.float32), 24_000, seed=0)
    samples, _ = soundfile.read(io.BytesIO(encode(loud, "wav")))
    assert samples[:3] == pytest.approx([0.0, 1.0, -1.0], abs=1e-4)


def test_a_long_ogg_is_written_whole() -> None:
    assert soundfile.info(io.BytesIO(encode(LONG, "ogg"))).duration == pytest.approx(200, abs=0.1)


def test_a_small_file_is_inside_the_answer() -> None:
    answer = deliver(SPEECH, "wav", "auto", "job-1")
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(answer.pop("audio_base64"))))
    assert (len(samples), rate) == (72_000, 24_000)
    assert answer == {
        "format": "wav",
        "sample_rate": 24_000,
        "duration_seconds": 3.0,
        "size_bytes": 144_044,
        "seed": 4,
    }


def test_a_large_file_does_not_go_inline() -> None:
    with pytest.raises(StorageError) as refusal:
        deliver(LONG, "wav", "inline", "job-1")
    assert str(refusal.value) == (
        "the audio has 12800060 characters as base64, the limit inside an answer is 9500000:"
        " ask for mp3 or ogg, or for delivery to a bucket"
    )


@pytest.mark.parametrize(("speech", "delivery"), [(LONG, "auto"), (SPEECH, "bucket")])
def test_a_bucket_that_is_wanted_and_missing(speech: Speech, delivery: str) -> None:
    with pytest.raises(StorageError, match="must go to a bucket, and this worker has none"):
        deliver(speech, "wav", delivery, "job-1")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The address of an S3 service with the bucket `speech`."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="not-a-secret",  # noqa: S106
    ).create_bucket(Bucket="speech")
    yield url
    server.stop()


@pytest.fixture
def bucket_settings(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(endpoint).items():
        monkeypatch.setenv(name, value)


def environment(endpoint: str, **changes: str) -> dict[str, str]:
    """What sets a worker up with the bucket `speech` at `endpoint`."""
    return {
        "BUCKET_ENDPOINT_URL": endpoint,
        "BUCKET_NAME": "speech",
        "BUCKET_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "BUCKET_SECRET_ACCESS_KEY": "not-a-secret",
    } | changes


@pytest.mark.usefixtures("bucket_settings")
@pytest.mark.parametrize(
    ("speech", "output_format", "delivery", "media_type"),
    [
        pytest.param(LONG, "wav", "auto", "audio/wav", id="too long for the answer"),
        pytest.param(SPEECH, "ogg", "bucket", "audio/ogg", id="asked for"),
    ],
)
def test_a_bucket_takes_the_file_and_the_url_reads_it_back(
    speech: Speech, output_format: str, delivery: str, media_type: str
) -> None:
    answer = deliver(speech, output_format, delivery, "job 1/../x")
    response = requests.get(answer["audio_url"], timeout=30)
    assert (response.status_code, response.headers["Content-Type"]) == (200, media_type)
    assert len(response.content) == answer["size_bytes"]
    assert soundfile.info(io.BytesIO(response.content)).duration == pytest.approx(speech.seconds, abs=0.1)
    assert "audio_base64" not in answer
    assert answer["expires_in_seconds"] == 24 * 3600


@pytest.mark.usefixtures("bucket_settings")
def test_the_url_is_presigned_for_the_time_and_place_that_were_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUCKET_URL_SECONDS", "600")
    monkeypatch.setenv("BUCKET_REGION", "eu-central-1")
    answer = deliver(SPEECH, "mp3", "bucket", "job 1/../x")
    url = urlsplit(answer["audio_url"])
    fields = {name: value for name, (value,) in parse_qs(url.query).items()}
    assert re.fullmatch(r"/speech/\d{4}/\d\d/\d\d/job-1-x-[0-9a-f]{12}\.mp3", url.path)
    assert fields["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert re.fullmatch(r"AKIDEXAMPLE/\d{8}/eu-central-1/s3/aws4_request", fields["X-Amz-Credential"])
    assert fields["X-Amz-Expires"] == "600"
    assert re.fullmatch(r"[0-9a-f]{64}", fields["X-Amz-Signature"])
    assert "not-a-secret" not in answer["audio_url"]


@pytest.mark.usefixtures("bucket_settings")
def test_a_bucket_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUCKET_NAME", "elsewhere")
    with pytest.raises(StorageError) as refusal:
        deliver(SPEECH, "wav", "bucket", "job-1")
    assert str(refusal.value) == "the bucket refused the audio (NoSuchBucket)"


def test_a_service_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment("http://127.0.0.1:1").items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StorageError) as refusal:
        deliver(SPEECH, "wav", "bucket", "job-1")
    assert str(refusal.value) == "the bucket cannot be reached (EndpointConnectionError)"


@pytest.mark.parametrize(
    ("endpoint_url", "region"),
    [
        pytest.param("https://s3.eu-west-1.amazonaws.com", "eu-west-1", id="AWS"),
        pytest.param("https://s3.amazonaws.com", "us-east-1", id="AWS without a region"),
        pytest.param("https://s3.dualstack.us-west-2.amazonaws.com", "us-west-2", id="AWS, both IP versions"),
        pytest.param("https://speech.s3.eu-west-1.amazonaws.com", "eu-west-1", id="bucket in the host"),
        pytest.param("https://s3.us-west-004.backblazeb2.com", "us-west-004", id="Backblaze B2"),
        pytest.param("https://0123abcd.r2.cloudflarestorage.com", "auto", id="Cloudflare R2"),
        pytest.param("https://s3.eu-central-2.wasabisys.com", "eu-central-2", id="Wasabi"),
        pytest.param("https://fra1.digitaloceanspaces.com", "fra1", id="DigitalOcean Spaces"),
        pytest.param("http://minio.internal:9000", "us-east-1", id="MinIO"),
    ],
)
def test_signatures_carry_the_region_of_the_service(endpoint_url: str, region: str) -> None:
    assert region_of(str(urlsplit(endpoint_url).hostname)) == region
    bucket = Bucket.from_environment(environment(endpoint_url))
    assert bucket is not None
    url = bucket.client().generate_presigned_url("get_object", Params={"Bucket": "speech", "Key": "x.wav"})
    assert f"%2F{region}%2Fs3%2Faws4_request" in url


@pytest.mark.parametrize(
    ("endpoint_url", "start"),
    [
        pytest.param(
            "https://s3.eu-west-1.amazonaws.com", "https://speech.s3.eu-west-1.amazonaws.com/x", id="AWS"
        ),
        pytest.param(
            "https://speech.s3.eu-west-1.amazonaws.com",
            "https://speech.s3.eu-west-1.amazonaws.com/x",
            id="bucket already in the host",
        ),
        pytest.param("http://minio.internal:9000", "http://minio.internal:9000/speech/x", id="MinIO"),
    ],
)
def test_where_the_bucket_stands_in_the_url(endpoint_url: str, start: str) -> None:
    bucket = Bucket.from_environment(environment(endpoint_url))
    assert bucket is not None
    url = bucket.client().generate_presigned_url("get_object", Params={"Bucket": "speech", "Key": "x"})
    assert url.startswith(start + "?")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param(
            {"BUCKET_NAME": "", "BUCKET_SECRET_ACCESS_KEY": ""},
            "the bucket of this worker is not set up: BUCKET_NAME, BUCKET_SECRET_ACCESS_KEY not set",
            id="half set up",
        ),
        pytest.param(
            {"BUCKET_ENDPOINT_URL": "s3.eu-west-1.amazonaws.com"},
            "BUCKET_ENDPOINT_URL must be a URL such as https://s3.eu-west-1.amazonaws.com",
            id="no scheme",
        ),
        pytest.param(
            {"BUCKET_URL_SECONDS": "8 days"},
            "BUCKET_URL_SECONDS must be a whole number of seconds up to 604800",
            id="time in words",
        ),
    ],
)
def test_settings_that_cannot_work(changes: dict[str, str], sentence: str) -> None:
    with pytest.raises(StorageError) as refusal:
        Bucket.from_environment(environment("https://s3.eu-west-1.amazonaws.com", **changes))
    assert str(refusal.value) == sentence


def test_no_settings_are_no_bucket() -> None:
    assert Bucket.from_environment({}) is None


def test_the_secret_is_not_shown() -> None:
    assert "not-a-secret" not in repr(Bucket.from_environment(environment("https://s3.amazonaws.com")))


def test_inline_is_below_what_the_platform_takes() -> None:
    assert storage.MAX_INLINE_CHARACTERS < 10 * 1000 * 1000
