"""Settings: defaults, the configuration file's layers and the command line, merged by one pure function."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from dfguard.core import observed
from dfguard.core.errors import ConfigError
from dfguard.core.findings import Severity
from dfguard.core.record import Record, replace
from dfguard.core.repository import repository_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dfguard.config.file import ConfigFile

FILE_NAMES = ("dfguard.yaml", ".dfguard.yaml", "dfguard.yml", ".dfguard.yml")
HADOLINT_NAMES = (".hadolint.yaml", ".hadolint.yml")
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


def load_settings(
    path: str, given: Mapping[str, Any], config: str | None = None, *, excludes: bool = True
) -> Settings | None:
    """The settings for the Dockerfile at `path`: defaults with the layers of `layers_of` laid over, each in turn.

    None when the configuration excludes the path and `excludes`. Raises ConfigError with `path:line:` for a file that
    cannot be used.
    """
    layers = layers_of(path, given, config, excludes=excludes)
    if layers is None:
        return None
    settings = Settings()
    for _, layer in layers:
        settings = merge(settings, layer)
    return settings


def layers_of(
    path: str, given: Mapping[str, Any], config: str | None = None, *, excludes: bool = True
) -> tuple[Sourced, ...] | None:
    """What is laid over the defaults for a Dockerfile: the nearest `.hadolint.yaml` upwards (only without `config`), the
    nearest configuration file upwards (or `config`), its overrides that match the path, then `given` (the command line, by field name; `fail_on` as a word).
    """
    layers: tuple[Sourced, ...] = ()
    file = _config_file(path, config)
    if file is not None:
        from dfguard.config.file import layers_for

        found = layers_for(file, path, excludes=excludes)
        if found is None:
            return None
        layers = found
    hadolint = _nearest(path, HADOLINT_NAMES) if config is None else None
    if hadolint is not None:
        from dfguard.config.hadolint import read_hadolint

        layers = (*read_hadolint(hadolint, repository_root(hadolint)).layers, *layers)
    own = dict(given)
    if "fail_on" in own:
        own["fail_on"] = LEVELS[own["fail_on"]]
    if "platform" in own:
        own["platform_reason"] = "--platform"
    return (*layers, *((_option(name), {name: value}) for name, value in own.items()))


def _option(field: str) -> str:
    """The option that sets a field."""
    names = {
        "build_arguments": "build-arg",
        "build_contexts": "build-context",
        "shows_maybe": "maybe",
        "platform_reason": "platform",
    }
    return f"--{names.get(field, field.replace('_', '-'))}"


def _config_file(path: str, config: str | None) -> ConfigFile | None:
    if config is not None:
        from dfguard.config.file import read_config

        if not observed.is_file(config):
            raise ConfigError(f"{config}:1: no such configuration file")
        return read_config(config)
    for folder in _upwards(path):
        for name in FILE_NAMES:
            if observed.status(os.path.join(folder, name)):
                from dfguard.config.file import read_config

                return read_config(os.path.join(folder, name), repository_root(os.path.join(folder, name)))
        if observed.status(os.path.join(folder, "pyproject.toml")):
            from dfguard.config.file import read_pyproject

            file = os.path.join(folder, "pyproject.toml")
            found = read_pyproject(file, repository_root(file))
            if found is not None:
                return found
    return None


def _nearest(path: str, names: tuple[str, ...]) -> str | None:
    """The nearest file upwards of one of these names."""
    files = (os.path.join(folder, name) for folder in _upwards(path) for name in names)
    return next((file for file in files if observed.status(file)), None)


def _upwards(path: str) -> Iterator[str]:
    """The folder of a file and those above it, up to the root of its repository."""
    folder = os.path.dirname(os.path.abspath(path))
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if observed.status(os.path.join(folder, ".git")) or parent == folder:
            return
        folder = parent
