"""`dfguard inspect`: one Dockerfile to what its image will be, as text, JSON or a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.cli.containment import contained_command
from dfguard.cli.gathering import INTERNAL, wants_colour, write
from dfguard.cli.given import settings_given, text_of
from dfguard.cli.streams import complain
from dfguard.core.errors import UsageError
from dfguard.core.record import replace
from dfguard.reports.report import printable

if TYPE_CHECKING:
    from dfguard.cli.options import Arguments
    from dfguard.discover.targets import Found
    from dfguard.inspection.records import Inspection

MOST_NAMED = 8


def run_inspect(path: str, options: Arguments) -> int:
    """Inspect, write, and return the exit code: 0 told, 2 the user's mistake, 3 a fault of dfguard's own."""
    return contained_command(lambda: _run(path, options))


def _run(path: str, options: Arguments) -> int:
    found = _inspected(path, options)
    if isinstance(found, Exception):
        complain(f"dfguard: {printable(str(found))}; please report it with the file that shows it\n")
        return INTERNAL
    write(_rendered(found, options), options)
    return INTERNAL if any(row.rule == "DFG000" for row in found.findings) else 0


def _inspected(path: str, options: Arguments) -> Inspection | Exception:
    from dfguard.config.loading import load_settings
    from dfguard.discover.targets import target_of
    from dfguard.lint import inspect_target

    one = _only(path, options)
    settings = load_settings(
        one.path, settings_given(options), text_of(options, "config"), excludes=not one.is_named
    )
    if settings is None:
        raise UsageError(f"{one.path} is excluded by the configuration; name it to inspect it")
    inspection = inspect_target(target_of(one, settings), settings)
    if isinstance(inspection, Exception):
        return inspection
    return _with_stage(inspection, text_of(options, "stage"))


def _only(path: str, options: Arguments) -> Found:
    """The one Dockerfile that the path names or holds."""
    from dfguard.discover.targets import find

    discovery = find([path], text_of(options, "stdin_filename"))
    found, refused = discovery.found, discovery.refused
    if refused:
        raise UsageError(f"{refused[0].path}: {refused[0].message}")
    if not found:
        left = discovery.left_out[0]
        raise UsageError(
            f"{path} holds no Dockerfile, but a file left out as {left.reason}: {left.path}; name it"
        )
    if len(found) > 1:
        names = ", ".join(one.path for one in found[:MOST_NAMED])
        more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
        raise UsageError(f"inspect shows one Dockerfile, and {path} holds {names}{more}: name one")
    return found[0]


def _with_stage(inspection: Inspection, name: str | None) -> Inspection:
    """The inspection with the named stage (or index) only."""
    if name is None:
        return inspection
    wanted = name.lower()
    kept = tuple(s for s in inspection.stages if wanted in {s.name, str(s.index)})
    if not kept:
        names = ", ".join(stage.name or str(stage.index) for stage in inspection.stages) or "none"
        raise UsageError(f"there is no stage {name!r}; there are: {names}")
    return replace(inspection, stages=kept)


def _rendered(inspection: Inspection, options: Arguments) -> str:
    if options["format"] == "json":
        from dfguard.reports import record_json

        return record_json.rendered(inspection)
    if options["format"] == "html":
        from dfguard.reports import inspection_page

        return inspection_page.render(inspection)
    from dfguard.reports import inspection_text

    is_watched = wants_colour(options)
    return inspection_text.render_colour(inspection) if is_watched else inspection_text.render(inspection)
