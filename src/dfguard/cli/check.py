"""`dfguard check`: paths and options to a report, or to fixes and the report on what remains, and the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.cli.containment import contained_command
from dfguard.cli.gathering import exit_code, gathered, rendered, write

if TYPE_CHECKING:
    from dfguard.cli.options import Arguments


def run_check(paths: list[str], options: Arguments) -> int:
    """Check, write the report, and return the exit code: 0 clean, 1 findings at or above --fail-on, 2 the user's
    mistake, 3 a fault of dfguard's own.
    """
    return contained_command(lambda: _run(paths, options))


def _run(paths: list[str], options: Arguments) -> int:
    if options["fix"] or options["fix_suggested"] or options["diff"]:
        from dfguard.cli.fix import run_fix

        return run_fix(paths, options)
    report, level = gathered(paths, options)
    write(rendered(report, options), options)
    return exit_code(report, level, options)
