"""The Typer application: help, completion and all commands. The door to typer."""

from __future__ import annotations

import inspect
import json
import sys
from enum import Enum, StrEnum
from typing import Annotated, Any

import typer

from dfguard import __version__
from dfguard.cli.check import run_check
from dfguard.cli.containment import contained_command
from dfguard.cli.options import (
    CHECK_OPTIONS,
    CONFIG_OPTIONS,
    FIX_OPTIONS,
    INSPECT_OPTIONS,
    Arguments,
    Option,
    split,
)
from dfguard.cli.streams import say

app = typer.Typer(
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Runs a Dockerfile on paper: what will break the build, what will be missing at run time, and how to fix it.",
)


def _show_version(value: bool) -> None:  # noqa: FBT001  Typer's callback signature
    if value:
        typer.echo(f"dfguard {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[  # noqa: FBT002  Typer makes the flag of it
        bool,
        typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Options that stand before the command."""


def _signature(argument: inspect.Parameter, options: tuple[Option, ...]) -> inspect.Signature:
    """The parameters of a command, made from its table of options."""
    parameters = [argument]
    for option in options:
        annotation, default = _annotation(option)
        parameters.append(
            inspect.Parameter(
                option.key, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
            )
        )
    return inspect.Signature(parameters)


def _argument(name: str, kind: Any, help_: str, metavar: str) -> inspect.Parameter:
    annotation = Annotated[kind, typer.Argument(help=help_, metavar=metavar)]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _add(name: str, function: Any, argument: inspect.Parameter, options: tuple[Option, ...]) -> None:
    """Make a command of a function that takes keyword arguments only."""
    signature = _signature(argument, options)
    function.__signature__ = signature
    function.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    app.command(name)(function)


def _annotation(option: Option) -> tuple[Any, Any]:
    flag = f"--{option.name}"
    if option.metavar is None:
        return Annotated[bool, typer.Option(flag, help=option.help, show_default=False)], False
    if option.is_repeatable:
        return Annotated[list[str] | None, typer.Option(flag, help=option.help, metavar=option.metavar)], None
    if option.choices:
        kind = Enum(option.name, {choice: choice for choice in option.choices}, type=str)  # type: ignore[misc]
        default = kind(option.default) if option.default else None
        annotated = kind if default else kind | None
        return Annotated[annotated, typer.Option(flag, help=option.help)], default
    return Annotated[str | None, typer.Option(flag, help=option.help, metavar=option.metavar)], option.default


def _check(**values: Any) -> None:
    """Check Dockerfiles. Exit code: 0 clean, 1 findings, 2 a mistake in the call or a file, 3 a fault in dfguard."""
    paths = values.pop("paths") or []
    raise typer.Exit(run_check(list(paths), _plain_options(values, CHECK_OPTIONS)))


def _fix(**values: Any) -> None:
    """Apply the safe fixes to Dockerfiles and report what remains: `check --fix`. Exit code: that of check."""
    paths = values.pop("paths") or []
    options = _plain_options(values, FIX_OPTIONS)
    raise typer.Exit(run_check(list(paths), {"no_cache": True, "jobs": None, **options, "fix": True}))


def _inspect(**values: Any) -> None:
    """Show what the image will be: environment, files with what becomes of them, models, downloads at run time.

    Exit code: 0 shown, 2 a mistake in the call or a file, 3 a fault in dfguard.
    """
    from dfguard.cli.inspect import run_inspect

    path = values.pop("path") or "."
    raise typer.Exit(run_inspect(path, _plain_options(values, INSPECT_OPTIONS)))


def _config(**values: Any) -> None:
    """Show what a Dockerfile is checked with: each value and where it comes from, and why rules are on or off.

    Exit code: 0 shown, 2 a mistake in the call or the configuration.
    """
    from dfguard.cli.config import run_config

    path = values.pop("path") or "."
    raise typer.Exit(run_config(path, _plain_options(values, CONFIG_OPTIONS)))


def _plain_options(values: dict[str, Any], table: tuple[Option, ...]) -> Arguments:
    by_key = {option.key: option for option in table}
    return {key: _plain(by_key[key], value) for key, value in values.items()}


def _plain(option: Option, value: Any) -> Any:
    if option.is_repeatable:
        return split(option, value or [])
    return value.value if isinstance(value, Enum) else value


_PATHS_HELP = "Dockerfiles, folders to search, or - for standard input."
_PATH_HELP = "A Dockerfile, a folder that holds one, or - for standard input."
_CONFIG_HELP = "A Dockerfile, or a folder; it need not exist."
_add("check", _check, _argument("paths", list[str] | None, _PATHS_HELP, "[PATHS]..."), CHECK_OPTIONS)
_add("fix", _fix, _argument("paths", list[str] | None, _PATHS_HELP, "[PATHS]..."), FIX_OPTIONS)
_add("inspect", _inspect, _argument("path", str | None, _PATH_HELP, "[PATH]"), INSPECT_OPTIONS)
_add("config", _config, _argument("path", str | None, _CONFIG_HELP, "[PATH]"), CONFIG_OPTIONS)


@app.command()
def explain(rule: Annotated[str, typer.Argument(help="A rule's id, name or alias.")]) -> None:
    """Show a rule's page: what it finds, why it matters, examples with real output, sources."""
    from dfguard.checks.registry import find
    from dfguard.docs import page

    tool, _, name = rule.rpartition("/")
    found = find(name if tool.lower() in ("hadolint", "buildkit", "shellcheck") else rule)
    if len(found) != 1:
        typer.echo(f"dfguard: {_unknown_rule(rule, [r.id for r in found])}", err=True)
        raise typer.Exit(2)
    text = page(found[0])
    if sys.stdout is not None and sys.stdout.isatty():
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(text))
    else:
        say(f"{text}\n")


def _unknown_rule(selector: str, ids: list[str]) -> str:
    if ids:
        return f"{selector} means several rules: {', '.join(ids)}"
    from dfguard.checks.registry import all_rules
    from dfguard.core.nearest import nearest

    names = [name for r in all_rules() for name in (r.id.lower(), r.name, *(a.lower() for a in r.aliases))]
    close = nearest(selector.lower(), names)
    hint = f"; did you mean {close}?" if close else "; `dfguard rules` lists them"
    return f"no rule is called {selector!r}{hint}"


@app.command()
def init(
    from_hadolint: Annotated[
        str | None,
        typer.Option("--from-hadolint", metavar="FILE", help="Convert hadolint's configuration file."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write it anew where there is one.")] = False,  # noqa: FBT002
) -> None:
    """Write a dfguard.yaml to start from into the working directory, or hadolint's configuration converted."""
    from dfguard.cli.init import run_init

    raise typer.Exit(run_init(from_hadolint, overwrites=force))


class RulesFormat(StrEnum):
    """How `dfguard rules` prints."""

    text = "text"
    json = "json"


@app.command()
def rules(
    shown_as: Annotated[RulesFormat, typer.Option("--format", help="How to print.")] = RulesFormat.text,
) -> None:
    """List every rule with its severity, aliases and summary."""
    from dfguard.checks.registry import all_rules

    if shown_as is RulesFormat.json:
        say(json.dumps([_rule_row(r) for r in all_rules()], indent=2) + "\n")
        return
    say("".join(map(_rule_line, all_rules())))


def _rule_line(r: Any) -> str:
    aliases = f" ({', '.join(r.aliases)})" if r.aliases else ""
    off = "" if r.is_default else " [off]"
    return f"{r.id}  {r.severity.value:<7}  {r.name}{aliases}{off}: {r.summary}\n"


def _rule_row(r: Any) -> dict[str, Any]:
    return {
        "id": r.id,
        "name": r.name,
        "aliases": list(r.aliases),
        "severity": r.severity.value,
        "default": r.is_default,
        "has_fix": any(bad.fixed is not None for bad in r.bad),
        "since": r.since,
        "summary": r.summary,
        "sources": list(r.sources),
    }


def run(arguments: list[str]) -> int:
    """Run the application with these arguments and return its exit code (for `__main__` and tests)."""
    return contained_command(lambda: _called(arguments))


def _called(arguments: list[str]) -> int:
    try:
        result = app(arguments, prog_name="dfguard", standalone_mode=True)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    return int(result or 0)
