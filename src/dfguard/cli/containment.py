"""A command to its exit code, whatever happens: a fault of dfguard's own is one sentence and 3, never a traceback."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dfguard.cli.streams import complain
from dfguard.core.errors import DfguardError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

INTERNAL, INTERRUPTED = 3, 130


def contained_command(action: Callable[[], int]) -> int:
    """The exit code of a command: its own, that of the user's mistake, 3 for a fault of ours, 130 when interrupted."""
    from dfguard.engine import Crash, contained
    from dfguard.reports.report import printable

    try:
        _working_folder()
        code = contained("dfguard", action)
    except DfguardError as error:
        complain(f"dfguard: {printable(str(error))}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    if isinstance(code, Crash):
        complain(f"dfguard: {printable(str(code))}; please report it with the files that show it\n")
        return INTERNAL
    return code


def _working_folder() -> None:
    try:
        os.getcwd()
    except OSError as error:
        raise UsageError(f"the working directory cannot be used: {error.strerror}") from None
