"""The options of `dfguard check`, declared once: Typer's command and the fast reader are both made from this table."""

from __future__ import annotations

FORMATS = ("text", "json", "sarif", "github")
LEVELS = ("error", "warning", "info", "never")
COLOURS = ("auto", "always", "never")
VOLUMES = ("attached", "none", "unknown")


class Option:
    """One option. `metavar` None: a switch. `is_repeatable`: may be given several times, and holds comma-separated
    parts when `splits`. `choices` are the allowed values (empty: any). `default` is what stands when it is absent.

    No record: options are read before the bundle is in use, and what is imported until then is slower.
    """

    def __init__(
        self,
        name: str,
        help: str,  # noqa: A002  as Typer calls it
        metavar: str | None = None,
        *,
        is_repeatable: bool = False,
        splits: bool = False,
        choices: tuple[str, ...] = (),
        default: str | None = None,
    ) -> None:
        """Keep all of it."""
        self.name = name
        self.help = help
        self.metavar = metavar
        self.is_repeatable = is_repeatable
        self.splits = splits
        self.choices = choices
        self.default = default

    @property
    def key(self) -> str:
        """The name as a Python identifier."""
        return self.name.replace("-", "_")


CHECK_OPTIONS = (
    Option("format", "How to report.", "FORMAT", choices=FORMATS, default="text"),
    Option("output", "Write the report to FILE instead of standard output.", "FILE"),
    Option("platform", "The platform the image will run on (default: what the code shows).", "NAME"),
    Option("volume", "Whether a network volume is attached on the platform.", "STATE", choices=VOLUMES),
    Option("context", "The build context (default: the Dockerfile's folder or the repository root).", "DIR"),
    Option("build-arg", "A build argument, as for docker build.", "K=V", is_repeatable=True),
    Option(
        "build-context",
        "A named build context, as for docker build.",
        "NAME=SOURCE",
        is_repeatable=True,
    ),
    Option("target", "The stage to build (default: the last).", "STAGE"),
    Option("profile", "The set of rules to start from.", "NAME"),
    Option(
        "select",
        "Only these rules: id, name, alias or family prefix.",
        "RULE",
        is_repeatable=True,
        splits=True,
    ),
    Option("ignore", "Not these rules.", "RULE", is_repeatable=True, splits=True),
    Option("fail-on", "The severity from which the exit code is 1.", "LEVEL", choices=LEVELS),
    Option("maybe", "Show uncertain findings too."),
    Option("fix", "Apply the safe fixes to the files."),
    Option("fix-suggested", "Apply the suggested fixes too: look at what they change."),
    Option("diff", "Show what the fixes would change, and change nothing (with --fix-suggested: these too)."),
    Option(
        "force-exclude",
        "Leave out what the configuration excludes and what a search leaves out where it is named, too.",
    ),
    Option("no-cache", "Check anew, and keep nothing for the next run."),
    Option("jobs", "How many files to check at the same time (default: one per processor).", "N"),
    Option("verify", "Compare the instruction list with a second, independent parser."),
    Option("config", "The configuration file (default: the nearest upwards).", "FILE"),
    Option("packs", "A folder of further packs (platforms, tables, profiles).", "DIR", is_repeatable=True),
    Option("color", "Whether to colour the text report.", "WHEN", choices=COLOURS, default="auto"),
    Option("stdin-filename", "The name to report for standard input (`-`).", "PATH"),
)

_OF_TARGET = frozenset(
    """
    output platform volume context build-arg build-context target profile config packs
    """.split()
)


def _shared(*further: str) -> tuple[Option, ...]:
    """The options of `check` that say what is looked at, and some more of them."""
    return tuple(option for option in CHECK_OPTIONS if option.name in _OF_TARGET or option.name in further)


FIX_OPTIONS = tuple(o for o in CHECK_OPTIONS if o.name not in ("fix", "no-cache", "jobs"))
INSPECT_OPTIONS = (
    Option("format", "How to show it.", "FORMAT", choices=("text", "json", "html"), default="text"),
    Option("stage", "Show only this stage (name or index).", "NAME"),
    *_shared("color", "stdin-filename"),
)
CONFIG_OPTIONS = (
    Option("format", "How to show it.", "FORMAT", choices=("text", "json"), default="text"),
    Option(
        "rule",
        "Only why these rules are on or off: id, name, alias or family prefix.",
        "RULE",
        is_repeatable=True,
        splits=True,
    ),
    *_shared("select", "ignore", "fail-on", "maybe"),
)

Arguments = dict[str, str | bool | tuple[str, ...] | None]


def read_plainly(words: list[str]) -> tuple[list[str], Arguments] | None:
    """(paths, options) of `dfguard check WORDS...`; None for anything Typer should explain (help, mistakes).

    Importing Typer takes longer than checking a file, so the common, correct call is read here.
    """
    by_name = {f"--{option.name}": option for option in CHECK_OPTIONS}
    paths: list[str] = []
    given: dict[str, list[str]] = {}
    rest = iter(words)
    for word in rest:
        if word == "--":
            paths += rest
            break
        if word == "-" or not word.startswith("-"):
            paths.append(word)
            continue
        name, equals, value = word.partition("=")
        option = by_name.get(name)
        if option is None or (option.metavar is None and equals):
            return None
        if option.metavar and not equals:
            value = next(rest, "-")
            if value.startswith("-"):
                return None
        if option.choices and value not in option.choices:
            return None
        given.setdefault(option.name, []).append(value)
    if any(len(values) > 1 for name, values in given.items() if not by_name[f"--{name}"].is_repeatable):
        return None
    return paths, {option.key: _value(option, given.get(option.name)) for option in CHECK_OPTIONS}


def _value(option: Option, given: list[str] | None) -> str | bool | tuple[str, ...] | None:
    if option.metavar is None:
        return given is not None
    if option.is_repeatable:
        return split(option, given or [])
    return given[-1] if given else option.default


def split(option: Option, values: list[str]) -> tuple[str, ...]:
    """The values of a repeatable option, comma-separated ones taken apart where the option allows it."""
    if not option.splits:
        return tuple(values)
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())
