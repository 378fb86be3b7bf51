"""Turns text and a reference clip into speech with F5-TTS, loaded once and kept warm.

The door to f5_tts (written against 1.1.22): what is known about its inside stands here and nowhere else.
"""

import os
import random
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from f5_tts.api import F5TTS
from f5_tts.infer import utils_infer
from reference import Clip
from schema import MAX_SEED, InputError, Refusal, Request

MAX_SPEECH_SECONDS = 600.0
# F5-TTS splits a text at its punctuation only; one chunk of more than this leaves what it was trained on.
MAX_CHUNK_SECONDS = 40.0
# F5-TTS aims at chunks that fill this many seconds together with the reference (utils_infer.infer_process).
_WINDOW_SECONDS = 22.0
# Characters of UTF-8 a second, wide enough for every script: the text of the reference belongs to its audio.
PLAUSIBLE_PACE = (1.0, 80.0)
KEPT_REFERENCES = 32

OnProgress = Callable[[int, int], None]


class SynthesisError(Refusal):
    """The model gave no speech that could be delivered."""


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Where the weights lie. `name` is that of a config in f5_tts/configs, without `.yaml`."""

    name: str
    checkpoint: Path
    vocoder: Path


@dataclass(frozen=True, slots=True)
class Speech:
    """Mono samples between -1 and 1, shape (n,), float32, their rate in Hz, and the seed that made them."""

    samples: np.ndarray
    rate: int
    seed: int

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return len(self.samples) / self.rate


class _TakingTurns:
    """Stands before the model so that the chunks of one job take turns and all draw the same noise.

    F5-TTS samples the chunks of a text in a pool of threads that share one generator: which chunk gets which
    noise depends on timing, so a seed alone reproduces nothing, and every chunk holds memory at once.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._turn = threading.Lock()
        self.seed = 0

    def sample(self, **arguments: Any) -> Any:
        """The model's own `sample`, one call at a time, from `seed`."""
        with self._turn:
            return self._model.sample(**arguments, seed=self.seed)


class _Progress:
    """What F5-TTS takes for tqdm: passes chunks through and tells how many are done."""

    def __init__(self, tell: OnProgress) -> None:
        self._tell = tell

    def tqdm(self, chunks: Iterable[Any]) -> Iterator[Any]:
        """The chunks, unchanged; after each but the last, whose result speaks for itself, `tell(done, all)`."""
        listed = list(chunks)
        for done, chunk in enumerate(listed):
            if done:
                self._tell(done, len(listed))
            yield chunk


class Synthesizer:
    """F5-TTS with its weights in memory, on the best device there is (cuda, xpu, mps, cpu in that order)."""

    def __init__(self, weights: ModelFiles) -> None:
        """Loads the weights, without any network; raises when a file is missing or unreadable."""
        for path in (
            weights.checkpoint,
            weights.vocoder / "config.yaml",
            weights.vocoder / "pytorch_model.bin",
        ):
            # safetensors reports a file that may not be read as one that does not exist.
            with path.open("rb"):
                pass
        # F5-TTS prints every text it reads and speaks: those belong to the caller, not into the log.
        utils_infer.print = lambda *_words, **_options: None
        self._tts = F5TTS(
            model=weights.name,
            ckpt_file=str(weights.checkpoint),
            vocoder_local_path=str(weights.vocoder),
        )
        self._model = _TakingTurns(self._tts.ema_model)
        self._tts.ema_model = self._model

    @classmethod
    def from_environment(cls) -> "Synthesizer":
        """With the weights that F5TTS_MODEL, F5TTS_CHECKPOINT and F5TTS_VOCODER name."""
        return cls(
            ModelFiles(
                name=os.environ.get("F5TTS_MODEL", "F5TTS_v1_Base"),
                checkpoint=Path(os.environ.get("F5TTS_CHECKPOINT", "/opt/f5-tts/model.safetensors")),
                vocoder=Path(os.environ.get("F5TTS_VOCODER", "/opt/f5-tts/vocos")),
            )
        )

    @property
    def device(self) -> str:
        """The torch device the model is on."""
        return str(self._tts.device)

    def speak(
        self, request: Request, clip: Clip, on_progress: OnProgress = lambda _done, _all: None
    ) -> Speech:
        """The text of `request` in the voice of `clip`; `on_progress(done, all)` counts chunks.

        Raises InputError when texts and clip cannot go together, SynthesisError when no usable audio came out.
        """
        _check_pace(request, clip)
        _tidy_references()
        # random, not secrets: a seed is told to the caller.
        seed = request.seed if request.seed is not None else random.randint(0, MAX_SEED)  # noqa: S311
        self._model.seed = seed
        try:
            samples, rate, _ = self._tts.infer(
                ref_file=str(clip.path),
                ref_text=request.ref_text,
                gen_text=request.gen_text,
                show_info=lambda _line: None,
                progress=_Progress(on_progress),
                nfe_step=request.nfe_step,
                speed=request.speed,
                seed=seed,
            )
        except torch.cuda.OutOfMemoryError as error:
            torch.cuda.empty_cache()
            raise SynthesisError("the GPU has too little memory for this text; send it in parts") from error
        if samples is None or not len(samples):
            raise SynthesisError("the model spoke nothing for this text")
        if not np.isfinite(samples).all():
            raise SynthesisError("the model gave audio that is no numbers; try another reference or seed")
        return Speech(np.asarray(samples, dtype=np.float32), rate, seed)


def _check_pace(request: Request, clip: Clip) -> None:
    """Raises InputError when F5-TTS, which derives lengths from the pace of the reference, would run away."""
    spoken = len(request.ref_text.encode())
    pace = spoken / clip.seconds
    if not PLAUSIBLE_PACE[0] <= pace <= PLAUSIBLE_PACE[1]:
        raise InputError(
            f"ref_text has {len(request.ref_text)} characters for {clip.seconds:.1f} s of audio:"
            " it must be what ref_audio says"
        )
    seconds = len(request.gen_text.encode()) / pace / request.speed
    if seconds > MAX_SPEECH_SECONDS:
        raise InputError(
            f"gen_text would take about {seconds:.0f} s at the pace of the reference;"
            f" the limit is {MAX_SPEECH_SECONDS:.0f} s"
        )
    window = int(pace * (_WINDOW_SECONDS - clip.seconds) * request.speed)
    longest = max(
        utils_infer.chunk_text(request.gen_text, max_chars=window), key=lambda text: len(text.encode())
    )
    seconds = len(longest.encode()) / pace / request.speed
    if seconds > MAX_CHUNK_SECONDS:
        raise InputError(
            f"gen_text has a passage of about {seconds:.0f} s without punctuation;"
            f" the limit is {MAX_CHUNK_SECONDS:.0f} s"
        )


def _tidy_references() -> None:
    """Keep what F5-TTS remembers of references in step with the disk, and bounded.

    It leaves a WAV file in the temporary folder for each clip for ever, and takes a remembered clip whose
    file someone has cleaned away for a file that is there.
    """
    remembered = utils_infer._ref_audio_cache  # noqa: SLF001 - there is no public way
    for key, path in list(remembered.items()):
        if not Path(path).exists():
            del remembered[key]
    while len(remembered) > KEPT_REFERENCES:
        Path(remembered.pop(next(iter(remembered)))).unlink(missing_ok=True)
