"""`dfguard init`: a configuration file to start from, or hadolint's converted."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from dfguard.cli.containment import contained_command
from dfguard.cli.streams import say
from dfguard.core.errors import UsageError
from dfguard.core.repository import leads_out, repository_root
from dfguard.reports.report import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.config.settings import Sourced

NAME = "dfguard.yaml"
STARTER = """\
# What dfguard checks here; `dfguard config` shows what comes of it, `dfguard rules` lists the rules.

# Where the image will run decides which directories are mounted over. Without it dfguard goes by what the code shows.
# platform: {name: runpod-serverless, volume: attached}

# default, strict, hadolint, buildkit or security
# profile: default

# ids, names, aliases (DL3008) or a family (DFG3)
# ignore: []
# severity: {DFG201: error}

# the severity from which the exit code is 1: error, warning, info or never
# fail_on: warning

# overrides:
#   - paths: ["docker/dev/**"]
#     ignore: [DFG2]
# exclude: ["third_party/**"]
"""


def run_init(hadolint: str | None, *, overwrites: bool) -> int:
    """Write dfguard.yaml into the working directory; the exit code: 0 written, 2 the user's mistake."""
    return contained_command(lambda: _run(hadolint, overwrites=overwrites))


def _run(hadolint: str | None, *, overwrites: bool) -> int:
    from dfguard.discover.files import write_atomically

    if os.path.lexists(NAME) and not overwrites:
        raise UsageError(f"{NAME} is already there; --force writes it again")
    if leads_out(NAME, repository_root(NAME)):
        raise UsageError(f"{NAME} is a link that leads out of the repository: it is not written to")
    text = STARTER if hadolint is None else converted(hadolint)
    write_atomically(NAME, text.encode("utf-8", "backslashreplace"))
    say(f"{NAME} is written\n")
    return 0


def converted(path: str) -> str:
    """The configuration file of hadolint as one of ours; what it says that has no counterpart here stands in comments.

    Raises ConfigError for a file that cannot be used.
    """
    from dfguard.config.hadolint import read_hadolint
    from dfguard.core.errors import ConfigError

    if not os.path.isfile(path):
        raise ConfigError(f"{path}:1: no such configuration file")
    found = read_hadolint(path)
    lines = [f"# made of {printable(path)}", "profile: hadolint", *_lines(found.layers)]
    lines += (f"# not taken over: {printable(what)}" for what in found.left)
    return "\n".join(lines) + "\n"


def _lines(layers: Iterable[Sourced]) -> Iterator[str]:
    together: dict[str, list[Any]] = {}
    for _, layer in layers:
        for name, value in layer.items():
            together.setdefault(name, []).extend(value if isinstance(value, tuple) else [value])
    for name, values in together.items():
        match name:
            case "severities":
                yield f"severity: {_mapping(values)}"
            case "label_schema":
                yield f"label_schema: {_mapping(values)}"
            case "fail_on":
                yield f"fail_on: {values[-1].value if values[-1] else 'never'}"
            case "strict_labels":
                yield f"strict_labels: {str(values[-1]).lower()}"
            case _:
                yield f"{name}: [{', '.join(map(json.dumps, values))}]"


def _mapping(pairs: Iterable[tuple[str, str]]) -> str:
    return "{" + ", ".join(f"{json.dumps(key)}: {value}" for key, value in dict(pairs).items()) + "}"
