"""Makes reference audio: something with the loudness of speech, in any format and length."""

import base64
import io

import numpy as np
import soundfile


def speech_like(seconds: float, *, rate: int = 24_000, pitch: float = 120.0) -> np.ndarray:
    """A buzz at `pitch` Hz that swells four times a second, float32, shape (seconds * rate,)."""
    time = np.arange(int(seconds * rate)) / rate
    buzz = sum(np.sin(2 * np.pi * pitch * overtone * time) / overtone for overtone in range(1, 8))
    return (0.2 * buzz * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * time))).astype(np.float32)


def audio_file(samples: np.ndarray, *, rate: int = 24_000, container: str = "WAV") -> bytes:
    """The samples as the bytes of an audio file; shape (n,) or (n, channels)."""
    target = io.BytesIO()
    soundfile.write(target, samples, rate, format=container)
    return target.getvalue()


def reference_clip(seconds: float = 3.0, *, pitch: float = 120.0) -> str:
    """A WAV file as base64, ready for `ref_audio`."""
    return base64.b64encode(audio_file(speech_like(seconds, pitch=pitch))).decode("ascii")
