"""The words of a call to the settings of each Dockerfile, and to what the call itself asks for."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from dfguard.core.errors import UsageError
from dfguard.core.numbers import whole_number
from dfguard.core.record import replace

if TYPE_CHECKING:
    from dfguard.cli.options import Arguments
    from dfguard.config.settings import Settings
    from dfguard.discover.targets import Found


def jobs_of(options: Arguments) -> int:
    """How many processors to use: what --jobs says, else all there are."""
    told = text_of(options, "jobs")
    if told is None:
        from dfguard.cli.workers import processors

        return processors()
    if not whole_number(told):
        raise UsageError(f"--jobs is {told!r}; allowed: a number from 1 on")
    return whole_number(told) or 1


def settings_of(one: Found, given: dict[str, object], options: Arguments) -> Settings | None:
    """The settings for a Dockerfile; None when they exclude it: one that is named only with --force-exclude."""
    from dfguard.config.loading import load_settings

    excludes = not one.is_named or bool(options.get("force_exclude"))
    settings = load_settings(one.path, given, text_of(options, "config"), excludes=excludes)
    return replace(settings, verifies=True) if settings and options["verify"] else settings


def settings_given(options: Arguments) -> dict[str, object]:
    """What the command line says, by the names of `Settings`; options that are absent are left out."""
    pairs = []
    for text in texts_of(options, "build_arg"):
        name, equals, value = text.partition("=")
        if not name:
            raise UsageError(f"--build-arg {text!r} is not of the form NAME=VALUE")
        pairs.append((name, value if equals else os.environ.get(name, "")))
    contexts = []
    for text in texts_of(options, "build_context"):
        name, equals, value = text.partition("=")
        if not name or not value:
            raise UsageError(f"--build-context {text!r} is not of the form NAME=SOURCE")
        if not re.match(r"[\w+-]+:|git@", value) and not os.path.isdir(value):
            raise UsageError(
                f"--build-context {text!r}: {value} is neither a folder nor an image or an address"
            )
        contexts.append((name.lower(), value))
    level = text_of(options, "fail_on")
    found: dict[str, object | None] = {
        "platform": text_of(options, "platform"),
        "volume": text_of(options, "volume"),
        "context": text_of(options, "context"),
        "build_arguments": tuple(pairs) or None,
        "build_contexts": tuple(contexts) or None,
        "target": text_of(options, "target"),
        "profile": text_of(options, "profile"),
        "select": texts_of(options, "select") or None,
        "ignore": texts_of(options, "ignore") or None,
        "packs": texts_of(options, "packs") or None,
        "fail_on": level,
        "shows_maybe": True if options.get("maybe") else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def text_of(options: Arguments, name: str) -> str | None:
    """The value of an option that takes one; None when it is absent."""
    value = options.get(name)
    return value if isinstance(value, str) else None


def texts_of(options: Arguments, name: str) -> tuple[str, ...]:
    """The values of a repeatable option; empty when it is absent."""
    value = options.get(name)
    return value if isinstance(value, tuple) else ()
