"""Text to standard output and standard error, whatever became of them: closed, full, or a reader that has gone."""

from __future__ import annotations

import os
import sys

from dfguard.core.errors import DfguardError


class OutputError(DfguardError):
    """What was to be printed cannot be: the exit code must not say that all is well."""


def say(text: str) -> None:
    """Print to standard output; a reader that has gone (`| head`) is no mistake. Raises OutputError where it is closed or
    full.
    """
    if sys.stdout is None or sys.stdout.closed:
        raise OutputError("standard output is closed: nothing can be printed")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _silence()
    except OSError as error:
        _silence()
        raise OutputError(f"standard output cannot be written to: {error.strerror}") from None


def complain(text: str) -> None:
    """Print to standard error, as far as that is possible."""
    if sys.stderr is None or sys.stderr.closed:
        return
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except (OSError, ValueError):
        return


def _silence() -> None:
    """What is still buffered goes nowhere, so that the interpreter's last flush does not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
