"""The data type of profile packs: a named choice of rules and severities."""

from __future__ import annotations

from dfguard.knowledge.sourced import Sourced


class Profile(Sourced):
    """`select` and `ignore` are selectors (id, name, alias, family prefix such as `DFG2`); `severities` map selectors
    to `error`, `warning`, `info` or `off`. `extends` names the profile whose choice comes first.
    `advice_gives_way`: information of DFG9xx is left out where something worse is found at the same place; unless the user selects.
    `imitates` is the tool (`hadolint`, `buildkit`) that the profile answers like, where a rule says less otherwise.
    """

    id: str
    title: str
    extends: str = ""
    imitates: str = ""
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severities: tuple[tuple[str, str], ...] = ()
    advice_gives_way: bool = False
