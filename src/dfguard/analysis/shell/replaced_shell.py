"""A script to whether the shell that reads it gives its process to the last program, which then gets the signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.syntax.shell.nodes import AndOr, Case, Command, Group, If, Sequence

if TYPE_CHECKING:
    from dfguard.syntax.shell.nodes import Node


def ends_in_exec(node: Node) -> bool:
    """Whether every way through ends in `exec program`, as far as a way has an end of its own."""
    match node:
        case Command():
            return node.name == "exec" and len(node.words) > 1
        case AndOr():
            return ends_in_exec(node.right)
        case Sequence():
            return bool(node.items) and ends_in_exec(node.items[-1])
        case Group():
            return not node.is_subshell and ends_in_exec(node.body)
        case If():
            return all(ends_in_exec(branch.body) for branch in node.branches)
        case Case():
            return bool(node.arms) and all(ends_in_exec(arm.body) for arm in node.arms)
    return False
