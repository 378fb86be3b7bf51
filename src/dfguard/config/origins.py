"""Layers of settings to the values that count, each with where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dfguard.config.settings import ADDED, Settings
from dfguard.core.findings import Severity
from dfguard.core.record import values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.config.settings import Sourced

DEFAULT = "default"
_WORDS = {
    "build_arguments": "build_args",
    "shows_maybe": "maybe",
    "severities": "severity",
    "verifies": "verify",
}
_HIDDEN = frozenset({"platform_reason"})


def settled(layers: Iterable[Sourced]) -> Iterator[tuple[str, str, str]]:
    """(setting as the configuration file calls it, text, origin) of every value that counts, setting by setting."""
    found: dict[str, list[tuple[Any, str]]] = {
        name: [(value, DEFAULT)] for name, value in values(Settings()).items() if name not in _HIDDEN
    }
    for origin, layer in layers:
        for name, value in layer.items():
            if name in _HIDDEN:
                continue
            kept = [pair for pair in found[name] if pair[1] != DEFAULT] if name in ADDED else []
            found[name] = [*kept, (value, origin)]
    for name, pairs in found.items():
        for value, origin in pairs:
            text = "never" if name == "fail_on" and value is None else text_of(value)
            yield _WORDS.get(name, name), text, origin


def origin_of(layers: Iterable[Sourced], setting: str, selector: str) -> str:
    """Where a selector of `select`, `ignore` or `severities` was last given; without one where the setting was."""
    found = DEFAULT
    for origin, layer in layers:
        given = layer.get(setting, ())
        if not selector:
            found = origin if setting in layer else found
        elif any(selector == (item[0] if isinstance(item, tuple) else item) for item in given):
            found = origin
    return found


def text_of(value: Any) -> str:
    """A value as a configuration file would write it; empty for none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Severity):
        return value.value
    if isinstance(value, tuple):
        return ", ".join("=".join(item) if isinstance(item, tuple) else str(item) for item in value)
    return str(value)
