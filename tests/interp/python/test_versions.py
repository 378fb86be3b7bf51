"""What a build installs to the versions that may be in the image."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dfguard.core.source import Place, Source, Span
from dfguard.interp.python.versions import How, Versions, newest_is, read_range
from dfguard.interp.state.model import Package
from dfguard.knowledge.load import load_knowledge

KNOWLEDGE = load_knowledge()
PLACE = Place(Source("Dockerfile", "RUN pip install x\n"), Span(0, 17))


def pip(name: str, specifier: str = "", url: str | None = None, *, is_constraint: bool = False) -> Package:
    return Package("pip", name, PLACE, specifier, url=url, is_constraint=is_constraint)


def versions(*packages: Package, base: str = "python:3.11-slim") -> Versions:
    return Versions(packages, KNOWLEDGE.base_image(base), KNOWLEDGE, "3.11")


@pytest.mark.parametrize(
    ("packages", "name", "range_text", "how"),
    [
        pytest.param((pip("transformers", "==4.40.1"),), "transformers", "==4.40.1", How.PINNED, id="pinned"),
        pytest.param(
            (pip("Sentence_Transformers", "==2.7.0"),),
            "sentence-transformers",
            "==2.7.0",
            How.PINNED,
            id="name",
        ),
        pytest.param(
            (pip("transformers", ">=4.40,<5"),), "transformers", ">=4.40,<5", How.RANGED, id="range"
        ),
        pytest.param((pip("torch", "==2.1.*"),), "torch", "==2.1.*", How.RANGED, id="a series is a range"),
        pytest.param((pip("transformers"),), "transformers", ">=4.36", How.UNPINNED, id="without version"),
        pytest.param(
            (pip("faster-whisper"),), "huggingface-hub", ">=0.30,>=0.21", How.IMPLIED, id="brought along"
        ),
        pytest.param(
            (pip("transformers", "==4.40.1"),),
            "huggingface-hub",
            ">=0.30,>=0.19.3,<1.0",
            How.IMPLIED,
            id="held by a pin",
        ),
        pytest.param(
            (pip("transformers", "==5.0.0"), pip("huggingface_hub")),
            "huggingface-hub",
            ">=0.30,>=1.3,<2.0",
            How.UNPINNED,
            id="held although it is named",
        ),
        pytest.param(
            (pip("transformers", "==4.40.1"), pip("transformers", "==4.57.6")),
            "transformers",
            "==4.57.6",
            How.PINNED,
            id="last",
        ),
        pytest.param(
            (pip("transformers", "==4.40.1"), pip("transformers")),
            "transformers",
            "==4.40.1",
            How.RANGED,
            id="kept",
        ),
        pytest.param(
            (pip("transformers", "<5", is_constraint=True), pip("transformers")),
            "transformers",
            ">=4.36,<5",
            How.UNPINNED,
            id="constraint",
        ),
        pytest.param(
            (pip("transformers", url="git+https://github.com/huggingface/transformers@v4.49.0"),),
            "transformers",
            "==4.49.0",
            How.ADDRESS,
            id="a tag says the version",
        ),
        pytest.param(
            (pip("transformers", url="git+https://github.com/huggingface/transformers"),),
            "transformers",
            "",
            How.ADDRESS,
            id="a branch does not",
        ),
        pytest.param(
            (pip("flash-attn", url="https://x/flash_attn-2.7.4+cu12-cp311-cp311-linux_x86_64.whl"),),
            "flash-attn",
            "==2.7.4+cu12",
            How.ADDRESS,
            id="a wheel's name",
        ),
        pytest.param((pip("unheard-of"),), "unheard-of", "", How.UNPINNED, id="no facts"),
    ],
)
def test_ranges(packages: tuple[Package, ...], name: str, range_text: str, how: How) -> None:
    found = versions(*packages).of(name)
    assert (found.range, found.how) == (range_text, how)


def test_the_base_image_counts() -> None:
    in_base = versions(base="pytorch/pytorch:2.4.0-cuda12.4-cudnn9-runtime")
    assert (in_base.of("torch").version, in_base.of("torch").how) == ("2.4.0", How.BASE)
    kept = versions(pip("torch"), base="pytorch/pytorch:2.4.0-cuda12.4-cudnn9-runtime")
    assert (kept.of("torch").version, kept.of("torch").how) == ("2.4.0", How.BASE)
    unknown = versions(base="ghcr.io/swivid/f5-tts:main").of("transformers")
    assert (unknown.range, unknown.how, unknown.version) == ("", How.BASE, None)


def test_apt_packages_are_no_distributions() -> None:
    apt = Package("apt", "transformers", PLACE, "=4.0")
    assert not versions(apt).installed("transformers")
    assert versions(pip("transformers")).installed("Transformers")


def test_who_needs_each_other_in_a_circle_does_not_loop() -> None:
    found = versions(pip("transformers"), pip("huggingface-hub"), pip("whisperx"), pip("cached-path"))
    assert found.of("huggingface-hub").may_be("<1.0")


def test_an_unpinned_install_of_today_gives_the_newest() -> None:
    free = versions(pip("huggingface_hub")).of("huggingface-hub")
    assert newest_is(free, KNOWLEDGE, ">=1.0")
    held = versions(pip("huggingface_hub"), pip("transformers", "==4.40.1")).of("huggingface-hub")
    assert not newest_is(held, KNOWLEDGE, ">=1.0")


@pytest.mark.parametrize(
    ("specifier", "python", "expected"),
    [
        ("==4.40.1", "", "==4.40.1"),
        (" >= 4.40, < 5 ", "", ">=4.40,<5"),
        ("=4.40", "", "==4.40.*"),
        ("==4.40.1; python_version >= '3.10'", "3.11", "==4.40.1"),
        ("==4.40.1; python_version < '3.10'", "3.11", ""),
        ("==4.40.1; sys_platform == 'win32'", "3.11", ""),
        ("==4.40.1; nonsense", "3.11", "==4.40.1"),
        ("==2!1.0,>=0", "", ">=0"),
        ("nonsense", "", ""),
        ("", "", ""),
    ],
)
def test_specifiers(specifier: str, python: str, expected: str) -> None:
    assert read_range(specifier, python) == expected


def test_plain_pins_need_no_packaging() -> None:
    code = (
        "import sys; from dfguard.interp.python.versions import read_range;"
        "read_range('==4.40.1'); read_range('>=1,<2'); print('packaging' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "False\n"
    )
