"""The table of commands agrees with the transfer functions that the modules register."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from dfguard.interp.shell import registry

if TYPE_CHECKING:
    from collections.abc import Iterable


@pytest.mark.parametrize(("family", "names"), registry.families().items())
def test_a_family_registers_the_commands_of_its_line(family: str, names: Iterable[str]) -> None:
    module = f"dfguard.interp.shell.commands.{family}"
    import_module(module)
    registered = {name for name, function in registry._registered.items() if function.__module__ == module}
    assert registered == set(names)


def test_no_command_stands_in_two_families() -> None:
    names = [name for family in registry.families().values() for name in family]
    assert len(names) == len(set(names))
