"""Snippets out of a repository's history: each text once, and the two verdicts put side by side."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


snippets = _load("snippets")
FROM = "FROM python:3.11\n"


def _git(folder: Path, *words: str) -> None:
    names = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *names, *words], cwd=folder, check=True, capture_output=True)


def test_every_version_of_a_dockerfile_is_read_once(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    for name, text in (
        ("Dockerfile", "1"),
        ("Dockerfile", "2"),
        ("a/x.dockerfile", "3"),
        ("Dockerfile.md", "4"),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        _git(tmp_path, "add", "-A")
        _git(tmp_path, "commit", "-qm", "x")
    assert sorted(text for _, text in snippets.dockerfiles(str(tmp_path / ".git"))) == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("RUN python -c 'print(1)'\n", "accepted, silent", id="fine"),
        pytest.param("RUN python -c 'import a; for b in c: d()'\n", "refused, reported", id="flattened"),
        pytest.param("RUN python - <<E\ndef (\nE\n", "refused, reported", id="a here-document"),
        pytest.param('RUN python2 -c "print 1"\n', "apart: Python 2", id="another Python"),
        pytest.param('RUN python -c "$CODE"\n', None, id="nothing to read"),
        pytest.param(
            "RUN python -c 'def ('\nFROM debian:12\nRUN ls\n", "apart: not read by the build", id="not built"
        ),
    ],
)
def test_how_the_verdicts_go_together(text: str, kind: str | None) -> None:
    found = [verdict.kind for verdict in snippets.verdicts("Dockerfile", FROM + text, set())]
    assert found == ([] if kind is None else [kind])


def test_a_verdict_that_dfguard_does_not_share_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snippets, "refusal", lambda _: "no")
    (silent,) = snippets.verdicts("Dockerfile", FROM + "RUN python -c 'print(1)'\n", set())
    monkeypatch.setattr(snippets, "refusal", lambda _: "")
    (loud,) = snippets.verdicts("Dockerfile", FROM + "RUN python -c 'def ('\n", set())
    assert (silent.kind, loud.kind) == ("REFUSED, NOT REPORTED", "ACCEPTED, REPORTED")


def test_a_broken_snippet_lacks_one_character() -> None:
    text = FROM + "RUN python -c 'f(1); g(2)'\n"
    (verdict,) = snippets.verdicts("Dockerfile", text, set())
    broken = list(snippets.broken(text, verdict.snippet, 2))
    assert broken == [text.replace("f(1)", "f1)"), text.replace("g(2)", "g2)")]
    assert list(snippets.broken(text, verdict.snippet, 0)) == []
