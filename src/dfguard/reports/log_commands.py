"""Texts to texts in which a CI system that reads the log finds no command.

GitHub's runner takes `::name::` at the beginning of a line (blanks before it do not count) and `##[name]` anywhere for a
command, Azure's agent `##vso[name]`: what a file holds could set outputs, mask words or stop annotations. Sources:
actions/runner src/Runner.Common/ActionCommand.cs (TryParseV2, TryParse); learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands.
"""

from __future__ import annotations

import os
import re


def without_commands(text: str) -> str:
    """A line, or a part of one, in which no command can be found."""
    if "##" in text:
        text = re.sub(r"#(?=#\w*\[)", r"\\x23", text)
    return re.sub(r"^(\s*):(?=:)", r"\1\\x3a", text) if "::" in text else text


def json_without_commands(text: str) -> str:
    """The same document: two number signs can stand in the strings of JSON alone."""
    return re.sub(r"#(?=#)", r"\\u0023", text) if "##" in text else text


def diff_line(text: str) -> str:
    """A line of a diff: only where a CI system reads the log is it anything but the line itself, which `patch` needs."""
    is_read = os.environ.get("GITHUB_ACTIONS") == "true" or "TF_BUILD" in os.environ
    return without_commands(text) if is_read else text
