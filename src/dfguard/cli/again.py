"""`dfguard check` answered by the result cache alone: when every file named was checked before and nothing changed.

This path loads next to nothing; whatever is not the plain case is left to `dfguard.cli.check`.
"""

from __future__ import annotations

import os
import sys

from dfguard import cache
from dfguard.cli.streams import OutputError, complain, say
from dfguard.reports.closing import last_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dfguard.cache import Plain
    from dfguard.cli.options import Arguments

    Kept = tuple[str, str, tuple[tuple[str, int], ...], bool, str | None, bool, Plain]

FINDINGS = 1
PRESENTATION = frozenset({"format", "output", "color", "jobs", "no_cache", "stdin_filename"})
"""The options that say how to report, not what to check."""
SEEN_TO_FIRST = ("force_exclude", "build_arg", "build_context", "jobs", "stdin_filename")
"""The options that say more of a call than what one file is checked with: of other files, or that it is a mistake."""
PROGRAMS = (".py", ".sh")


def key_of(file: str, options: Arguments, *, is_named: bool) -> bytes:
    """The key under which the result for a Dockerfile is kept: the configuration excludes one only where it is not named."""
    told = tuple(sorted((name, value) for name, value in options.items() if name not in PRESENTATION))
    given = options.get("build_arg") or ()
    names = [text for text in given if "=" not in text] if isinstance(given, tuple) else []
    return cache.key((file, is_named, told, tuple(os.environ.get(name) for name in names)))


def answer(paths: list[str], options: Arguments) -> int | None:
    """Print the plain text report and return the exit code; None when it takes a check."""
    if options["no_cache"] or options["format"] != "text" or options["output"] or _wants_colour(options):
        return None
    if not paths or len(set(paths)) < len(paths) or any(options[name] for name in SEEN_TO_FIRST):
        return None
    kept: list[Kept] = []
    for path in paths:
        found = (
            None
            if path.endswith(PROGRAMS) or path == "-"
            else cache.look(key_of(path, options, is_named=True))
        )
        if found is None:
            return None
        kept.append(found)  # type: ignore[arg-type]
    if len({(maybe, level) for _, _, _, maybe, level, _, _ in kept}) > 1:
        return None
    return _print(kept)


def _wants_colour(options: Arguments) -> bool:
    if options["color"] != "auto":
        return options["color"] == "always"
    return sys.stdout is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _print(kept: list[Kept]) -> int:
    counts: dict[str, int] = {}
    for _, _, numbers, _, _, _, _ in kept:
        for name, number in numbers:
            counts[name] = counts.get(name, 0) + number
    target = kept[0][1] if len(kept) == 1 else ""
    text = "".join(one[0] for one in kept) + target + "".join(last_line(counts, len(kept)))
    try:
        say(text)
    except OutputError as error:
        complain(f"dfguard: {error}\n")
        return error.exit_code
    return FINDINGS if any(fails for _, _, _, _, _, fails, _ in kept) else 0
