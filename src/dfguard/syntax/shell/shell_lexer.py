"""Characters of a shell script to tokens: words, operators, reserved words, here-documents; nothing is expanded.

The rules are those of POSIX.1-2024 "Shell Command Language" 2.3, 2.4 and 2.10, as dash 0.5.12 and bash 5.2
apply them; what only bash knows (`[[`, `((`, `<(`, `&>`, arrays) is read in either dialect, because ash and
many an `sh` know it too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dfguard.syntax.shell.lexer import Reader
from dfguard.syntax.shell.nodes import Dialect
from dfguard.syntax.shell.parts import (
    BLANKS,
    MOST_TOKENS,
    Open,
    Unclosed,
    array_end,
    is_assignment,
    part_end,
    process_end,
)

if TYPE_CHECKING:
    from dfguard.syntax.shell.here_documents import Body
    from dfguard.syntax.shell.tokens import Stretch, Token

_PLAIN = re.compile(r"""[^ \t\r\n\\'"`$&|;<>()]*""")
_ENDS_WORD = frozenset(" \t\n&|;<>()")


class Lexer:
    """Reads one script. After `read`: `tokens` in order, and the `stretches` they fall into; `bodies` by the index
    of their operator; `broken_at` is the index from which on nothing could be read (`open` says why), None when
    all could. `attempts` and `left` bound the work.
    """

    def __init__(self, text: str, dialect: Dialect) -> None:
        """Nothing is read yet."""
        self.text = text
        self.is_bash = dialect is Dialect.BASH
        self.tokens: list[Token] = []
        self.bodies: dict[int, Body] = {}
        self.broken_at: int | None = None
        self.open: Open | None = None
        self.stretches: list[Stretch] = []
        self.attempts = 20
        self.left = MOST_TOKENS

    def read(self) -> Lexer:
        """Read all tokens; never fails."""
        at = Reader(self, is_recorded=True)
        try:
            at.run(0, 0)
        except Unclosed as fault:
            self.broken_at, self.open = at.word_start, fault.what
        at.close_stretch()
        return self

    def anew(self, text: str) -> Lexer:
        """A lexer of the same kind for another text; nothing of it is read."""
        return Lexer(text, Dialect.BASH if self.is_bash else Dialect.POSIX)

    def commands_end(self, start: int, depth: int) -> int:
        """The index of the unmatched `)` that ends the commands from `start` on; raise Unclosed without one."""
        end = Reader(self, is_recorded=False).run(start, depth)
        if end >= len(self.text):
            raise Unclosed(Open.SUBSTITUTION)
        return end

    def word_end(self, start: int, depth: int) -> int:
        """The index behind the word that starts at `start`; raise Unclosed when a quote in it is not closed."""
        text, i = self.text, start
        while True:
            i = _PLAIN.match(text, i).end()  # type: ignore[union-attr]  # it matches the empty string
            c = text[i : i + 1]
            if c == "\\" and text.startswith("\n", i + 1):
                after = BLANKS.match(text, i).end()  # type: ignore[union-attr]
                if after >= len(text) or text[after - 1] != "\n" or text[after] in _ENDS_WORD:
                    return i
                i = after
            elif c and c in "\\'\"`$":
                i = part_end(self, i, depth)
            elif c in {"<", ">"} and text.startswith("(", i + 1):
                i = process_end(self, i, depth)
            elif c == "(" and i > start and self._is_inside(start, i):
                i = array_end(self, i, depth)
            elif c == "\r" and not text.startswith("\n", i + 1):
                i += 1
            else:
                return i

    def _is_inside(self, start: int, i: int) -> bool:
        """Whether the `(` at `i` belongs to the word that began at `start`: an array or an extended glob."""
        before = self.text[i - 1]
        return (before == "=" and is_assignment(self.text[start:i])) or (self.is_bash and before in "?*+@!")
