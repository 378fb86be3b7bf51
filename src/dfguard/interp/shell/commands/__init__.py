"""A command's bare name in, its transfer function out: what the command does to files, users, packages and variables.

The modules of a family are imported at its first command.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from dfguard.interp.shell.registry import family_of, transfer_of

if TYPE_CHECKING:
    from dfguard.interp.shell.registry import Transfer


def transfer(name: str) -> Transfer | None:
    """The transfer function of a command by its bare name (`mkdir`, `python3.11`); None for a command we do not know."""
    family = family_of(name)
    if family is None:
        return None
    found = transfer_of(name)
    if found is None:
        import_module(f"{__name__}.{family}")
        found = transfer_of(name)
    return found
