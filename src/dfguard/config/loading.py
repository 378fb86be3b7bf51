"""A Dockerfile's path and the command line to its settings: which configuration files there are, and in what order they count."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dfguard.config.settings import LEVELS, Settings, merge
from dfguard.core import observed
from dfguard.core.errors import ConfigError
from dfguard.core.repository import repository_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from dfguard.config.file import ConfigFile
    from dfguard.config.settings import Sourced


FILE_NAMES = ("dfguard.yaml", ".dfguard.yaml", "dfguard.yml", ".dfguard.yml")
HADOLINT_NAMES = (".hadolint.yaml", ".hadolint.yml")


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
