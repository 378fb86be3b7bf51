"""Turns speech into what the caller gets: an encoded file inside the answer, or in a bucket behind a URL.

Any S3-compatible storage serves (AWS, Backblaze B2, Cloudflare R2, Wasabi, DigitalOcean Spaces, MinIO). Its
address and keys come from the environment only.
"""

import base64
import io
import os
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import boto3
import soundfile
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from schema import Refusal
from synthesis import Speech

# RunPod takes 10 MB back from /run and 20 MB from /runsync; a worker is not told which one asked.
MAX_INLINE_CHARACTERS = 9_500_000
DEFAULT_URL_SECONDS = 24 * 3600
MAX_URL_SECONDS = 7 * 24 * 3600

_ENCODINGS = {
    "wav": ("WAV", "PCM_16", "audio/wav"),
    "flac": ("FLAC", "PCM_16", "audio/flac"),
    "mp3": ("MP3", "MPEG_LAYER_III", "audio/mpeg"),
    "ogg": ("OGG", "OPUS", "audio/ogg"),
}

# Who answers under which host name, and where the region stands in it; the first match decides. Signatures
# carry the region: a wrong one is refused.
_REGIONS = (
    (re.compile(r"(?:^|\.)s3[.-](?:dualstack\.)?(?!amazonaws\.)([a-z0-9-]+)\.amazonaws\.com$"), None),
    (re.compile(r"(?:^|\.)s3\.([a-z0-9-]+)\.backblazeb2\.com$"), None),
    (re.compile(r"(?:^|\.)s3\.([a-z0-9-]+)\.wasabisys\.com$"), None),
    (re.compile(r"(?:^|\.)([a-z0-9]+)\.digitaloceanspaces\.com$"), None),
    (re.compile(r"\.r2\.cloudflarestorage\.com$"), "auto"),
)


class StorageError(Refusal):
    """The speech could not be handed over in the way that was asked for."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where files go. `url_seconds` is how long a presigned URL works."""

    endpoint: str
    name: str
    key_id: str
    secret: str = field(repr=False)
    region: str
    url_seconds: int = DEFAULT_URL_SECONDS

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Bucket | None":
        """The bucket that the BUCKET_* variables describe; None when none of them is set.

        Raises StorageError, naming what is missing, when only some are.
        """
        required = ("BUCKET_ENDPOINT_URL", "BUCKET_NAME", "BUCKET_ACCESS_KEY_ID", "BUCKET_SECRET_ACCESS_KEY")
        missing = [name for name in required if not environment.get(name)]
        if len(missing) == len(required):
            return None
        if missing:
            raise StorageError(f"the bucket of this worker is not set up: {', '.join(missing)} not set")
        endpoint, name, key_id, secret = (environment[variable] for variable in required)
        address = urlsplit(endpoint)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise StorageError("BUCKET_ENDPOINT_URL must be a URL such as https://s3.eu-west-1.amazonaws.com")
        return cls(
            # RunPod's own helpers are often given the bucket as part of the host name.
            endpoint=f"{address.scheme}://{address.netloc.removeprefix(name + '.')}",
            name=name,
            key_id=key_id,
            secret=secret,
            region=environment.get("BUCKET_REGION") or region_of(address.hostname),
            url_seconds=_url_seconds(environment.get("BUCKET_URL_SECONDS")),
        )

    def client(self) -> Any:
        """A boto3 client for S3 that any of the services understands."""
        is_aws = self.endpoint.endswith(".amazonaws.com")
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.key_id,
            aws_secret_access_key=self.secret,
            region_name=self.region,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "virtual" if is_aws else "path"},
                retries={"max_attempts": 3, "mode": "standard"},
                connect_timeout=10,
                read_timeout=60,
                # Newer checksums by default (botocore >= 1.36) are refused by several of the services.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )


def region_of(host: str) -> str:
    """The region that requests to `host` must be signed for; us-east-1 where the name does not say."""
    for pattern, region in _REGIONS:
        if found := pattern.search(host):
            return region or found[1]
    return "us-east-1"


def deliver(speech: Speech, output_format: str, delivery: str, job_id: str) -> dict[str, Any]:
    """The output of the job. `delivery` is "inline", "bucket", or "auto": inline as long as it fits.

    Raises StorageError when it does not fit inline, or the bucket is not set up or does not take it.
    """
    encoded = encode(speech, output_format)
    answer = {
        "format": output_format,
        "sample_rate": speech.rate,
        "duration_seconds": round(speech.seconds, 3),
        "size_bytes": len(encoded),
        "seed": speech.seed,
    }
    characters = 4 * -(-len(encoded) // 3)
    if delivery != "bucket" and characters <= MAX_INLINE_CHARACTERS:
        return answer | {"audio_base64": base64.b64encode(encoded).decode("ascii")}
    if delivery == "inline":
        raise StorageError(
            f"the audio has {characters} characters as base64, the limit inside an answer is"
            f" {MAX_INLINE_CHARACTERS}: ask for mp3 or ogg, or for delivery to a bucket"
        )
    bucket = Bucket.from_environment()
    if bucket is None:
        raise StorageError(
            "the audio must go to a bucket, and this worker has none (set BUCKET_ENDPOINT_URL)"
        )
    url = upload(bucket, encoded, output_format, job_id)
    return answer | {"audio_url": url, "expires_in_seconds": bucket.url_seconds}


def encode(speech: Speech, output_format: str) -> bytes:
    """The speech as the bytes of an audio file."""
    container, subtype, _ = _ENCODINGS[output_format]
    target = io.BytesIO()
    with soundfile.SoundFile(
        target, "w", samplerate=speech.rate, channels=1, format=container, subtype=subtype
    ) as sound:
        # Second by second: libsndfile's OGG writer keeps a whole write on its stack.
        for start in range(0, len(speech.samples), speech.rate):
            sound.write(speech.samples[start : start + speech.rate])
    return target.getvalue()


def upload(bucket: Bucket, encoded: bytes, output_format: str, job_id: str) -> str:
    """Put the bytes into the bucket; a URL that reads them back for `bucket.url_seconds`."""
    safe_id = re.sub(r"[^A-Za-z0-9_-]+", "-", job_id)[:64]
    # The random part keeps a job that the platform runs twice from replacing its own first result.
    key = f"{datetime.now(tz=UTC):%Y/%m/%d}/{safe_id}-{uuid.uuid4().hex[:12]}.{output_format}"
    client = bucket.client()
    try:
        client.put_object(Bucket=bucket.name, Key=key, Body=encoded, ContentType=_ENCODINGS[output_format][2])
        return client.generate_presigned_url(
            "get_object", Params={"Bucket": bucket.name, "Key": key}, ExpiresIn=bucket.url_seconds
        )
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        raise StorageError(f"the bucket refused the audio ({code})") from error
    except BotoCoreError as error:
        raise StorageError(f"the bucket cannot be reached ({type(error).__name__})") from error


def _url_seconds(text: str | None) -> int:
    if not text:
        return DEFAULT_URL_SECONDS
    if not text.isdecimal() or not 1 <= int(text) <= MAX_URL_SECONDS:
        raise StorageError(f"BUCKET_URL_SECONDS must be a whole number of seconds up to {MAX_URL_SECONDS}")
    return int(text)
