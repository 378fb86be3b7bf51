"""Settings: what the command line, the configuration files and the profile say, merged; and where each value came from."""

from __future__ import annotations

from dfguard.core.findings import Severity
from dfguard.core.record import Record


class Settings(Record):
    """What one Dockerfile is checked with. `select` and `ignore` are selectors (id, name, alias, family prefix).

    `severities` map a selector to `error`, `warning`, `info` or `off`; `platform` None means detect; `context` None
    means find; `profile` names a profile pack.
    """

    profile: str = "default"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: tuple[tuple[str, str], ...] = ()
    platform: str | None = None
    platform_reason: str = "--platform"
    volume: str = "unknown"
    cached_models: tuple[str, ...] = ()
    context: str | None = None
    build_arguments: tuple[tuple[str, str], ...] = ()
    target: str | None = None
    builder: str = "buildkit"
    fail_on: Severity | None = Severity.WARNING
    shows_maybe: bool = False
    packs: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    allows_local_code: bool = False
