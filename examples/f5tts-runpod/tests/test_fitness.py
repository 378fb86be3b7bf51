"""The checks before the first job."""

import pytest
from fitness import check_device, warm_up
from reference import find_voices
from synthesis import Synthesizer


def test_cuda_is_fit() -> None:
    check_device("cuda")
    check_device("cuda:0")


def test_a_cpu_is_not_fit_and_the_message_says_why() -> None:
    with pytest.raises(RuntimeError, match=r"the model is on cpu: torch .* sees no GPU"):
        check_device("cpu")


def test_a_cpu_can_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("F5TTS_ALLOW_CPU", "1")
    check_device("cpu")


def test_the_warm_up_speaks(synthesizer: Synthesizer) -> None:
    warm_up(synthesizer, find_voices(None))
