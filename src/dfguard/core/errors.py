"""The user's mistakes, one class per kind; each carries its exit code and says what, where, and what would be right."""

from __future__ import annotations


class DfguardError(Exception):
    """A mistake of the user (flags, config, pack, missing file): one sentence, exit code 2."""

    exit_code = 2


class UsageError(DfguardError):
    """A flag or argument that cannot be used."""


class InputError(DfguardError):
    """A path that cannot be read: missing, a folder without Dockerfiles, not a regular file."""


class ConfigError(DfguardError):
    """A configuration file that cannot be used; the message starts with `path:line: `."""


class PackError(DfguardError):
    """A pack (YAML under rules/ or --packs) that cannot be used; the message starts with `path:line: `."""
