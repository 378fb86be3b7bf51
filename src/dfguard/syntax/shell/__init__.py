"""The shell layer's public names in one place: text, instructions and commands to `Script`s.

`parse` reads shell text, `run_script` an instruction, `nested_script` a command that runs shell text (`sh -c`),
`shell_call` says how a command calls a shell, `peel` takes off `sudo`, `env`, `poetry run` and their like, and
`dialect_of` says which dialect a shell speaks.
"""

from __future__ import annotations

from dfguard.syntax.shell.grammar.script import dialect_of, parse, run_script
from dfguard.syntax.shell.nested import ShellCall, nested_script, shell_call
from dfguard.syntax.shell.wrappers import Peeled, WrapperCall, peel, program_name

__all__ = [
    "Peeled",
    "ShellCall",
    "WrapperCall",
    "dialect_of",
    "nested_script",
    "parse",
    "peel",
    "program_name",
    "run_script",
    "shell_call",
]
