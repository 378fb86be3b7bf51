"""`dfguard config`: what a Dockerfile is checked with, each value with its origin, and why a rule is on or off."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dfguard.cli.containment import contained_command
from dfguard.cli.gathering import write
from dfguard.cli.given import settings_given, text_of, texts_of
from dfguard.core.errors import UsageError
from dfguard.core.record import replace
from dfguard.reports.configuration import Configuration, RuleRow, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.checks.rule import Rule
    from dfguard.cli.options import Arguments
    from dfguard.config.selection import Decision
    from dfguard.config.settings import Settings, Sourced


def run_config(path: str, options: Arguments) -> int:
    """Tell, and return the exit code: 0 told, 2 the user's mistake."""
    return contained_command(lambda: _run(path, options))


def _run(path: str, options: Arguments) -> int:
    write(_rendered(_configuration(path, options), options), options)
    return 0


def _rendered(found: Configuration, options: Arguments) -> str:
    wanted = frozenset(rule.id for name in texts_of(options, "rule") for rule in _meant(name))
    kept = tuple(row for row in found.rules if not wanted or row.id in wanted)
    if options["format"] == "json":
        from dfguard.reports.record_json import rendered

        return rendered(replace(found, rules=kept))
    from dfguard.reports.configuration import render, render_rules

    return render_rules(kept) if wanted else render(found)


def _meant(name: str) -> tuple[Rule, ...]:
    from dfguard.config.selection import rules_of

    return rules_of(name)


def _configuration(path: str, options: Arguments) -> Configuration:
    from dfguard.config.loading import layers_of
    from dfguard.config.origins import settled
    from dfguard.config.settings import Settings, merge
    from dfguard.discover.targets import shown_path

    file = os.path.join(path, "Dockerfile") if os.path.isdir(path) else path
    is_folder = os.path.isdir(path)
    layers = layers_of(file, settings_given(options), text_of(options, "config"), excludes=is_folder)
    if layers is None:
        raise UsageError(f"{path} is excluded by the configuration: it is checked only where it is named")
    settings = Settings()
    for _, layer in layers:
        settings = merge(settings, layer)
    files = [origin.rpartition(":")[0] for origin, _ in layers if not origin.startswith("--")]
    return Configuration(
        shown_path(file),
        shown_path(files[0]) if files else None,
        tuple(Value(name, _safe(name, text), _shown(origin)) for name, text, origin in settled(layers)),
        tuple(_rules(settings, layers)),
    )


def _safe(name: str, text: str) -> str:
    """The text without secrets: a build argument may hold one."""
    if name != "build_args":
        return text
    from dfguard.knowledge.packs import bundled
    from dfguard.knowledge.secrecy import Secrecy
    from dfguard.knowledge.shielding import shielded_line

    return shielded_line(text, Secrecy(bundled().security))


def _shown(origin: str) -> str:
    """An origin with its path as the user would write it."""
    from dfguard.discover.targets import shown_path

    path, colon, line = origin.rpartition(":")
    return f"{shown_path(path)}:{line}" if colon else origin


def _rules(settings: Settings, layers: tuple[Sourced, ...]) -> Iterator[RuleRow]:
    from dfguard.checks.registry import all_rules
    from dfguard.config.selection import last_decisions, levels_of, profile_of
    from dfguard.knowledge.load import load_knowledge

    profile = profile_of(settings.profile, load_knowledge(settings.packs))
    rules = all_rules()
    last = last_decisions(settings, profile, rules)
    levels = levels_of((*profile.severities, *settings.severities))
    for rule in rules:
        decision = last.get(rule.id)
        why = _why(rule.id, decision, settings, layers) if decision else _silence(settings)
        severity = levels.get(rule.id, rule.severity).value
        yield RuleRow(rule.id, rule.name, decision is not None and decision.is_on, severity, why)


def _silence(settings: Settings) -> str:
    return (
        "not among the selected" if settings.select else f"the profile {settings.profile} does not select it"
    )


def _why(rule: str, decision: Decision, settings: Settings, layers: tuple[Sourced, ...]) -> str:
    from dfguard.config.origins import origin_of

    what = "it" if decision.selector == rule else decision.selector
    if decision.setting == "profile":
        origin = _shown(origin_of(layers, "profile", ""))
        profile = f"the profile {settings.profile}" + ("" if origin == "default" else f" ({origin})")
        if decision.selector == "DEFAULT":
            return f"{profile} selects what is on by default"
        return f"{profile} {'selects' if decision.is_on else 'leaves out'} {what}"
    verb = {"select": "selects", "ignore": "ignores", "severities": "turns off"}[decision.setting]
    return f"{_shown(origin_of(layers, decision.setting, decision.selector))} {verb} {what}"
