"""Words of a command to what they start."""

from __future__ import annotations

import shlex

import pytest

from dfguard.interp.python.command_lines import LaunchKind, launch_of
from dfguard.interp.values import Known, Unknown, known


@pytest.mark.parametrize(
    ("command", "kind", "target", "words"),
    [
        ("python handler.py", LaunchKind.PYTHON_FILE, "handler.py", []),
        ("python3.11 -u /app/h.py --x 1", LaunchKind.PYTHON_FILE, "/app/h.py", ["--x", "1"]),
        ("/opt/venv/bin/python -W ignore h.py", LaunchKind.PYTHON_FILE, "h.py", []),
        ("python -m pkg.mod a", LaunchKind.PYTHON_MODULE, "pkg.mod", ["a"]),
        ("python -um pkg.mod", LaunchKind.PYTHON_MODULE, "pkg.mod", []),
        ("python -mpkg", LaunchKind.PYTHON_MODULE, "pkg", []),
        ("python -uc 'print(1)' a", LaunchKind.PYTHON_CODE, "print(1)", ["a"]),
        ("python -", LaunchKind.PYTHON_INPUT, "-", []),
        ("python", LaunchKind.PYTHON_INPUT, "-", []),
        ("bash -c 'a && b'", LaunchKind.SHELL_TEXT, "a && b", []),
        ("/bin/bash -o pipefail -lc 'a' x", LaunchKind.SHELL_TEXT, "a", ["x"]),
        ("sh -e start.sh a", LaunchKind.SHELL_FILE, "start.sh", ["a"]),
        ("/start.sh", LaunchKind.FILE, "/start.sh", []),
        ("tini -- python h.py", LaunchKind.PYTHON_FILE, "h.py", []),
        ("dumb-init -r 15:2 python h.py", LaunchKind.PYTHON_FILE, "h.py", []),
        ("/opt/nvidia/nvidia_entrypoint.sh python h.py", LaunchKind.PYTHON_FILE, "h.py", []),
        ("timeout -k 5 10 python h.py", LaunchKind.PYTHON_FILE, "h.py", []),
        ("gosu app python h.py", LaunchKind.PYTHON_FILE, "h.py", []),
        ("poetry run python h.py", LaunchKind.PYTHON_FILE, "h.py", []),
        ("uv run --with x h.py", LaunchKind.PYTHON_FILE, "h.py", []),
        ("uv run --no-sync python -m a", LaunchKind.PYTHON_MODULE, "a", []),
        ("conda run -n env --no-capture-output python h.py", LaunchKind.PYTHON_FILE, "h.py", []),
        ("accelerate launch --num_processes 2 t.py", LaunchKind.PYTHON_FILE, "t.py", []),
        ("torchrun --nproc_per_node 1 t.py a", LaunchKind.PYTHON_FILE, "t.py", ["a"]),
        (
            "uvicorn app.main:app --host localhost",
            LaunchKind.APPLICATION,
            "app.main:app",
            ["--host", "localhost"],
        ),
        ("uvicorn --port 80 main:app", LaunchKind.APPLICATION, "main:app", []),
        ("gunicorn -w 4 -b :80 wsgi:app", LaunchKind.APPLICATION, "wsgi:app", []),
        ("flask --app web run", LaunchKind.APPLICATION, "web", []),
        ("fastapi run app/main.py", LaunchKind.PYTHON_FILE, "app/main.py", []),
        ("streamlit run ui.py", LaunchKind.PYTHON_FILE, "ui.py", []),
    ],
)
def test_starts(command: str, kind: LaunchKind, target: str, words: list[str]) -> None:
    found = launch_of([Known(word) for word in shlex.split(command)])
    assert found is not None
    assert (found.kind, known(found.target), [known(word) for word in found.words]) == (kind, target, words)


@pytest.mark.parametrize(
    "command", ["ls -l", "nginx", "uv pip install x", "poetry install", "python -c", "bash", "sh -c", ""]
)
def test_other_commands(command: str) -> None:
    assert launch_of([Known(word) for word in shlex.split(command)]) is None


def test_variables_in_front() -> None:
    found = launch_of([Known(word) for word in shlex.split("env -u A B=1 C=x=y python h.py")])
    assert found is not None
    assert found.environment == (("B", Known("1")), ("C", Known("x=y")))


def test_applications_are_imported_and_not_run_as_scripts() -> None:
    served, script = (
        launch_of([Known("uvicorn"), Known("m:app")]),
        launch_of([Known("streamlit"), Known("run"), Known("u.py")]),
    )
    assert served is not None
    assert script is not None
    assert (served.is_script, script.is_script) == (False, True)


def test_unknown_words() -> None:
    assert launch_of([Unknown("ARG X has no default")]) is None
    found = launch_of([Known("python"), Unknown("ARG X has no default")])
    assert found is not None
    assert found.target == Unknown("ARG X has no default")


def test_wrappers_without_end_do_not_loop() -> None:
    assert launch_of([Known("env")] * 500) is None
