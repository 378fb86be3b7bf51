"""What a Dockerfile is checked with to text: every value with where it comes from, every rule with why it is on or off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.reports.report import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

WIDTH = 20


class Value(Record):
    """One value of a setting and where it comes from: `default`, `dfguard.yaml:3`, `--ignore`. A setting that adds
    values up has several.
    """

    setting: str
    text: str
    origin: str


class RuleRow(Record):
    """A rule, whether it is on, with which severity, and why."""

    id: str
    name: str
    is_on: bool
    severity: str
    why: str


class Configuration(Record):
    """What one Dockerfile is checked with. `file` is the configuration file, None when there is none."""

    path: str
    file: str | None
    values: tuple[Value, ...]
    rules: tuple[RuleRow, ...]


def render(found: Configuration) -> str:
    """The configuration as text: all values; of the rules how many are on, and those that are off by reason."""
    return "".join(f"{printable(line)}\n" for line in _lines(found))


def render_rules(rows: Iterable[RuleRow]) -> str:
    """A line for each rule."""
    return "".join(f"{printable(_rule_line(row))}\n" for row in rows)


def _lines(found: Configuration) -> Iterator[str]:
    yield f"{found.path}: {f'configured by {found.file}' if found.file else 'no configuration file'}"
    before = ""
    for value in found.values:
        label = value.setting if value.setting != before else ""
        before = value.setting
        yield f"  {label:<{WIDTH}} {value.text or 'not set'}  ({value.origin})"
    on = sum(row.is_on for row in found.rules)
    yield f"{on} rules are on, {len(found.rules) - on} off; `dfguard config --rule RULE` says why"
    groups: dict[tuple[bool, str], list[str]] = {}
    for row in found.rules:
        groups.setdefault((row.is_on, row.why), []).append(row.id)
    for (is_on, why), ids in groups.items():
        yield f"  {'on' if is_on else 'off':<3} {len(ids):>3}  {why}: {_shortened(ids)}"


def _shortened(ids: list[str]) -> str:
    shown = ", ".join(ids[:12])
    return f"{shown} and {len(ids) - 12} more" if len(ids) > 12 else shown


def _rule_line(row: RuleRow) -> str:
    state = f"on, {row.severity}" if row.is_on else "off"
    return f"{row.id} {row.name}: {state}: {row.why}"
