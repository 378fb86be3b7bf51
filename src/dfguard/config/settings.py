"""Settings: defaults and the layers of configuration files and of the command line, merged by one pure function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dfguard.core.findings import Severity
from dfguard.core.record import Record, replace

if TYPE_CHECKING:
    from collections.abc import Mapping


LEVELS: dict[str, Severity | None] = {**{s.value: s for s in Severity}, "never": None}


class Settings(Record):
    """What one Dockerfile is checked with.

    `select` and `ignore` are selectors (id, name, alias, family prefix); `severities` map a selector to `error`,
    `warning`, `info` or `off`; `platform` None means detect, `context` None means find; `profile` names a profile
    pack; `packs` are folders; `fail_on` None never fails. `platform_reason` says who named the platform.
    `mounts` are paths where the deployment mounts volumes; `build_contexts` are named ones, name and source.
    `trusted_registries`, `label_schema` (key to kind) and `strict_labels` are what `Conventions` says.
    """

    profile: str = "default"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: tuple[tuple[str, str], ...] = ()
    platform: str | None = None
    platform_reason: str = ""
    volume: str = "unknown"
    cached_models: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()
    context: str | None = None
    build_arguments: tuple[tuple[str, str], ...] = ()
    build_contexts: tuple[tuple[str, str], ...] = ()
    target: str | None = None
    builder: str = "buildkit"
    fail_on: Severity | None = Severity.WARNING
    shows_maybe: bool = False
    packs: tuple[str, ...] = ()
    verifies: bool = False
    trusted_registries: tuple[str, ...] = ()
    label_schema: tuple[tuple[str, str], ...] = ()
    strict_labels: bool = False


Layer = dict[str, Any]
Sourced = tuple[str, Layer]
"""Where values come from (`dfguard.yaml:3`, `--ignore`), and the values."""
ADDED = ("ignore", "severities", "build_arguments", "build_contexts", "packs")


def merge(settings: Settings, layer: Mapping[str, Any]) -> Settings:
    """The settings with a layer laid over: its values replace, those of `ignore`, `severities`, `build_arguments`,
    `build_contexts` and `packs` are added behind.
    """
    changes = {
        name: (*getattr(settings, name), *value) if name in ADDED else value for name, value in layer.items()
    }
    return replace(settings, **changes)
