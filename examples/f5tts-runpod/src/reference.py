"""Turns the reference of a request (upload, link or voice in the image) into a PCM file that F5-TTS can take.

Whatever comes in is decoded here once, checked, mixed to one channel and written as 16-bit WAV. The same clip
gives the same bytes, so F5-TTS, which keys its cache by them, prepares a voice only once.
"""

import io
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import requests
import soundfile
from runpod.serverless.utils.rp_ssrf import SSRFError, iter_content_capped, safe_get
from schema import MAX_REFERENCE_BYTES, InputError, Link, Reference, Upload, Voice

MIN_SECONDS = 1.0
# F5-TTS cuts a longer clip short by itself, and then its text no longer fits.
MAX_SECONDS = 12.0
SAMPLE_RATES = (8_000, 192_000)
MAX_CHANNELS = 8
SILENCE_DBFS = -50.0
CONNECT_AND_READ_SECONDS = 5
DOWNLOAD_SECONDS = 20.0
_CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Clip:
    """A checked reference: a mono 16-bit WAV file and its length in seconds."""

    path: Path
    seconds: float


@dataclass(frozen=True, slots=True)
class StoredVoice:
    """A voice in the image: an audio file and what it says."""

    path: Path
    text: str


def find_voices(folder: Path | None) -> dict[str, StoredVoice]:
    """The voices by name: `default`, which f5-tts ships, and each NAME.wav with a NAME.txt in `folder`.

    Raises FileNotFoundError when a WAV file has no text beside it: better at start than at a request.
    """
    shipped = Path(str(files("f5_tts").joinpath("infer/examples/basic/basic_ref_en.wav")))
    voices = {"default": StoredVoice(shipped, "Some call me nature, others call me mother nature.")}
    for audio in sorted(folder.glob("*.wav")) if folder else ():
        text = audio.with_suffix(".txt").read_text(encoding="utf-8").strip()
        voices[audio.stem] = StoredVoice(audio, text)
    return voices


def voices_folder() -> Path | None:
    """The folder that F5TTS_VOICES names, or None when it is not set or not there."""
    folder = Path(os.environ.get("F5TTS_VOICES", ""))
    return folder if os.environ.get("F5TTS_VOICES") and folder.is_dir() else None


def prepare_clip(reference: Reference, voices: Mapping[str, StoredVoice], folder: Path) -> Clip:
    """The reference as a clip in `folder`. Raises InputError for audio that cannot serve as a reference."""
    match reference:
        case Upload(audio):
            encoded = audio
        case Link(url):
            encoded = _download(url)
        case Voice(name):
            encoded = voices[name].path.read_bytes()
    samples, rate = _decode(encoded)
    path = folder / "reference.wav"
    soundfile.write(path, samples, rate, subtype="PCM_16")
    return Clip(path, len(samples) / rate)


def _download(url: str) -> bytes:
    """The body of `url`, fetched from public addresses only, at most MAX_REFERENCE_BYTES.

    The guard (runpod.serverless.utils.rp_ssrf, runpod 1.12.0) resolves the host once, refuses private and
    link-local addresses, connects to the checked address and checks every redirect again.
    """
    body = bytearray()
    deadline = time.monotonic() + DOWNLOAD_SECONDS
    try:
        with safe_get(url, timeout=CONNECT_AND_READ_SECONDS, max_bytes=MAX_REFERENCE_BYTES) as response:
            response.raise_for_status()
            for chunk in iter_content_capped(response, _CHUNK_BYTES, MAX_REFERENCE_BYTES):
                body += chunk
                if time.monotonic() > deadline:
                    raise InputError(f"ref_audio did not arrive within {DOWNLOAD_SECONDS:.0f} s")
    except SSRFError as refused:
        # The guard's own words name addresses of the inside network: they stay out of the answer.
        if "size cap" in str(refused):
            raise InputError(f"ref_audio is larger than {MAX_REFERENCE_BYTES} bytes") from refused
        raise InputError("ref_audio must be a URL that leads to a public address") from refused
    except requests.HTTPError as error:
        raise InputError(f"ref_audio answered with HTTP {error.response.status_code}") from error
    except (requests.RequestException, ValueError) as error:
        raise InputError("ref_audio could not be downloaded") from error
    return bytes(body)


def _decode(encoded: bytes) -> tuple[np.ndarray, int]:
    """Mono float32 samples, shape (n,), and their rate in Hz.

    Only as much is decoded as is allowed: a small compressed file can hold hours.
    """
    try:
        with soundfile.SoundFile(io.BytesIO(encoded)) as sound:
            rate, channels = sound.samplerate, sound.channels
            if not SAMPLE_RATES[0] <= rate <= SAMPLE_RATES[1] or channels > MAX_CHANNELS:
                raise InputError(
                    f"ref_audio has {channels} channels at {rate} Hz; allowed are up to {MAX_CHANNELS} channels"
                    f" at {SAMPLE_RATES[0]} to {SAMPLE_RATES[1]} Hz"
                )
            limit = int(MAX_SECONDS * rate)
            samples = sound.read(frames=limit + rate, dtype="float32", always_2d=True).mean(axis=1)
    except (soundfile.SoundFileError, EOFError) as error:
        raise InputError("ref_audio is no audio that can be read (WAV, FLAC, OGG and MP3 can)") from error
    _check_samples(samples, rate)
    return samples, rate


def _check_samples(samples: np.ndarray, rate: int) -> None:
    """Raises InputError unless the clip is of a useful length, finite and audible."""
    seconds = len(samples) / rate
    # Half a second of tolerance: lossy formats pad their ends.
    if seconds > MAX_SECONDS + 0.5:
        raise InputError(f"ref_audio is longer than {MAX_SECONDS:.0f} s; give 5 to {MAX_SECONDS:.0f} s")
    if seconds < MIN_SECONDS:
        raise InputError(f"ref_audio is {seconds:.1f} s long; give at least {MIN_SECONDS:.0f} s")
    if not np.isfinite(samples).all():
        raise InputError("ref_audio has samples that are no numbers")
    loudness = 20 * np.log10(max(float(np.sqrt(np.mean(samples**2))), 1e-10))
    # F5-TTS turns a silent reference into NaN without an error.
    if loudness < SILENCE_DBFS:
        raise InputError(f"ref_audio is silent ({loudness:.0f} dBFS; it needs more than {SILENCE_DBFS:.0f})")
