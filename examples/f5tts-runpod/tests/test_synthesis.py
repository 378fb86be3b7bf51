"""The real F5-TTS with tiny weights: same seed same audio, bounded leftovers, and what it says when it cannot."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from f5_tts.infer import utils_infer
from reference import Clip, find_voices, prepare_clip
from safetensors.torch import load_file, save_file
from schema import InputError, Request, Upload
from synthesis import KEPT_REFERENCES, ModelFiles, SynthesisError, Synthesizer

from sounds import audio_file, speech_like

# Several chunks at the pace of the test clip.
LONG_TEXT = "One two three four five six seven, eight nine ten eleven twelve. " * 12


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    return prepare_clip(Upload(audio_file(speech_like(3.0))), {}, tmp_path)


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of its own, which F5-TTS fills, and no memory of other tests' clips."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    utils_infer._ref_audio_cache.clear()  # noqa: SLF001 - there is no public way
    return folder


def request(gen_text: str = "Say this, please.", **changes: object) -> Request:
    fields = {
        "reference": Upload(b""),
        "ref_text": "What the clip says, in about three seconds.",
        "nfe_step": 2,
    }
    return Request(gen_text=gen_text, **(fields | changes))


def test_speech_has_the_length_that_the_pace_foretells(synthesizer: Synthesizer, clip: Clip) -> None:
    speech = synthesizer.speak(request(seed=1), clip)
    assert (speech.rate, speech.seed, speech.samples.dtype) == (24_000, 1, np.float32)
    assert speech.seconds == pytest.approx(3.0 * len("Say this, please.") / 43, rel=0.15)
    assert np.abs(speech.samples).max() > 0


def test_twice_the_speed_is_half_the_length(synthesizer: Synthesizer, clip: Clip) -> None:
    text = "A sentence that is long enough to be measured well."
    slow, fast = (synthesizer.speak(request(text, seed=1, speed=speed), clip) for speed in (1.0, 2.0))
    assert fast.seconds == pytest.approx(slow.seconds / 2, rel=0.05)


def test_a_seed_reproduces_a_text_of_many_chunks(synthesizer: Synthesizer, clip: Clip) -> None:
    """F5-TTS alone does not: its chunks race for one random generator."""
    first, again, other = (synthesizer.speak(request(LONG_TEXT, seed=seed), clip) for seed in (5, 5, 6))
    assert np.array_equal(first.samples, again.samples)
    assert not np.array_equal(first.samples, other.samples)


def test_without_a_seed_one_is_drawn_and_told(synthesizer: Synthesizer, clip: Clip) -> None:
    drawn = synthesizer.speak(request(), clip)
    again = synthesizer.speak(request(seed=drawn.seed), clip)
    assert np.array_equal(drawn.samples, again.samples)


def test_progress_counts_chunks_but_the_last(synthesizer: Synthesizer, clip: Clip) -> None:
    told: list[tuple[int, int]] = []
    synthesizer.speak(request(LONG_TEXT), clip, lambda done, every: told.append((done, every)))
    every = told[0][1]
    assert every > 1
    assert told == [(done, every) for done in range(1, every)]


def test_the_texts_of_a_job_stay_out_of_the_log(
    synthesizer: Synthesizer, clip: Clip, capfd: pytest.CaptureFixture[str]
) -> None:
    synthesizer.speak(request("A secret."), clip)
    written = "".join(capfd.readouterr())
    assert "secret" not in written
    assert "What the clip says" not in written


def test_leftovers_of_references_are_bounded(synthesizer: Synthesizer, scratch: Path, tmp_path: Path) -> None:
    for number in range(KEPT_REFERENCES + 8):
        audio = audio_file(speech_like(1.0, pitch=100 + number))
        clip = prepare_clip(Upload(audio), {}, tmp_path)
        synthesizer.speak(request("Short one.", ref_text="About a second."), clip)
    assert len(list(scratch.glob("*.wav"))) == KEPT_REFERENCES + 1


def test_a_cleaned_temporary_folder_does_not_break_the_next_job(
    synthesizer: Synthesizer, clip: Clip, scratch: Path
) -> None:
    first = synthesizer.speak(request(seed=3), clip)
    for leftover in scratch.iterdir():
        leftover.unlink()
    assert np.array_equal(synthesizer.speak(request(seed=3), clip).samples, first.samples)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        pytest.param(
            {"ref_text": "a"},
            "ref_text has 1 characters for 3.0 s of audio: it must be what ref_audio says",
            id="too little reference text",
        ),
        pytest.param(
            {"ref_text": "a" * 900},
            "ref_text has 900 characters for 3.0 s of audio: it must be what ref_audio says",
            id="too much reference text",
        ),
        pytest.param(
            {"gen_text": "Six words that make one sentence. " * 140, "speed": 0.5},
            "gen_text would take about 664 s at the pace of the reference; the limit is 600 s",
            id="too long a speech",
        ),
        pytest.param(
            {"gen_text": "on and on " * 60},
            "gen_text has a passage of about 42 s without punctuation; the limit is 40 s",
            id="no punctuation",
        ),
    ],
)
def test_texts_that_would_run_away(
    synthesizer: Synthesizer, clip: Clip, changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(InputError) as refusal:
        synthesizer.speak(request(**changes), clip)
    assert str(refusal.value) == sentence


@pytest.fixture
def spoilt(weights: dict[str, str], tmp_path: Path) -> Callable[[float], Synthesizer]:
    """A synthesizer whose output layer is filled with one number."""

    def spoil(number: float) -> Synthesizer:
        state = load_file(weights["F5TTS_CHECKPOINT"])
        state["ema_model.transformer.proj_out.bias"].fill_(number)
        save_file(state, tmp_path / "spoilt.safetensors")
        vocoder = Path(weights["F5TTS_VOCODER"])
        return Synthesizer(ModelFiles(weights["F5TTS_MODEL"], tmp_path / "spoilt.safetensors", vocoder))

    return spoil


def test_audio_that_is_no_numbers_is_an_error(spoilt: Callable[[float], Synthesizer], clip: Clip) -> None:
    with pytest.raises(SynthesisError, match="the model gave audio that is no numbers"):
        spoilt(float("nan")).speak(request(), clip)


@pytest.mark.parametrize("missing", ["F5TTS_CHECKPOINT", "F5TTS_VOCODER"])
def test_missing_weights_stop_the_start_by_name(
    weights: dict[str, str], missing: str, tmp_path: Path
) -> None:
    paths = weights | {missing: str(tmp_path / "nothing")}
    with pytest.raises(FileNotFoundError, match="nothing"):
        Synthesizer(
            ModelFiles(paths["F5TTS_MODEL"], Path(paths["F5TTS_CHECKPOINT"]), Path(paths["F5TTS_VOCODER"]))
        )


def test_the_device_is_found_not_given(synthesizer: Synthesizer) -> None:
    assert synthesizer.device == ("cuda" if torch.cuda.is_available() else "cpu")


def test_the_default_voice_speaks(synthesizer: Synthesizer, tmp_path: Path) -> None:
    voices = find_voices(None)
    clip = prepare_clip(Upload(voices["default"].path.read_bytes()), {}, tmp_path)
    assert synthesizer.speak(request(ref_text=voices["default"].text), clip).seconds > 1
