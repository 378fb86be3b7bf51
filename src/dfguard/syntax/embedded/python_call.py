"""A command's words to how it calls Python: with code, a module, a file, or code from standard input.

The options are those of CPython 3.13 ("Command line and environment") and of Python 2's `-Q` and `-t`.
"""

from __future__ import annotations

import re

from dfguard.core.record import Record
from dfguard.syntax.shell.nodes import Literal, Parameter, Part, Word

_NAME = re.compile(r"(?:.*[/\\:])?(?:python|pypy)(?:\d+(?:\.\d+)*t?)?w?(?:\.exe)?", re.DOTALL)
_BEGINNING = r"(?s:(?:.*/)?(?:python|pypy)[\d.]*)"
_VARIABLE = r"_?PYTHON[23]?(?:_?(?:BIN|BINARY|EXE|EXEC|EXECUTABLE|CMD|COMMAND|INTERPRETER|PATH))?"
_STDIN = frozenset({"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
_LONG_VALUED = frozenset({"--check-hash-based-pycs"})
_ENDING = frozenset("hV?")
_VALUED = frozenset("WXQ")


class PythonStart(Record):
    """One call of Python. Of `code` (the parts of the `-c` argument; `quote` is the quote it begins with, empty
    without one), `module` and `file` at most one is there; with none of them Python reads standard input.
    `options` are the letters given. `arguments` are the words behind.
    """

    interpreter: str
    code: tuple[Part, ...] | None
    module: str | None
    file: Word | None
    arguments: tuple[Word, ...]
    options: frozenset[str]
    quote: str = ""

    @property
    def reads_stdin(self) -> bool:
        """Whether the program comes from standard input."""
        return self.code is None and self.module is None and self.file is None


def is_python(name: str) -> bool:
    """Whether a program of that name (any path before it) is Python."""
    return _NAME.fullmatch(name) is not None


def interpreter_of(word: Word) -> str | None:
    """The Python a command word names, as written; None when it names no Python or that cannot be told.

    `$VENV/bin/python`, `python$VERSION` and `$PYTHON` count.
    """
    literal = word.literal
    if literal is not None:
        return literal if is_python(literal) else None
    first, last = word.parts[0], word.parts[-1]
    if isinstance(last, Literal) and "/" in last.text.value and is_python(last.text.value):
        return word.raw.value
    if (
        isinstance(first, Parameter)
        and len(word.parts) == 1
        and re.fullmatch(_VARIABLE, first.name, re.IGNORECASE)
    ):
        return word.raw.value
    if (
        isinstance(first, Literal)
        and re.fullmatch(_BEGINNING, first.text.value)
        and _is_version(word.parts[1:])
    ):
        return word.raw.value
    return None


def _is_version(parts: tuple[Part, ...]) -> bool:
    return all(
        not part.text.value.strip("0123456789.") if isinstance(part, Literal) else isinstance(part, Parameter)
        for part in parts
    )


def python_call(words: tuple[Word, ...]) -> PythonStart | None:
    """How the words call Python; None when they call something else, or Python prints only its version or help.

    Wrappers are to be peeled off before. `uv run -` and `uv run x.py` leave `-` and `x.py`: see `called_by_uv`.
    """
    interpreter = interpreter_of(words[0]) if words else None
    return None if interpreter is None else _read(interpreter, words, 1)


def called_by_uv(words: tuple[Word, ...]) -> PythonStart | None:
    """`uv run`'s own words: `-` is a program on standard input, `x.py` a file that Python runs."""
    first = words[0].literal if words else None
    if first == "-":
        return PythonStart("uv run", None, None, None, words[1:], frozenset())
    if first and first.endswith((".py", ".pyw")):
        return PythonStart("uv run", None, None, words[0], words[1:], frozenset())
    return None


def _read(interpreter: str, words: tuple[Word, ...], i: int) -> PythonStart | None:
    options: set[str] = set()
    while i < len(words):
        text = _first_text(words[i])
        if text.startswith("--") and len(text) > 2:
            if text in {"--help", "--version"} or text.startswith("--help-"):
                return None
            i += 2 if text in _LONG_VALUED else 1
            continue
        if not text.startswith("-") or words[i].literal in _STDIN:
            break
        if text == "--":
            i += 1
            break
        taken = _cluster(text, options)
        if taken is None:
            return None
        letter, at = taken
        if letter in {"c", "m"}:
            return _program(interpreter, words, i, at, letter, options)
        i += 2 if letter and at >= len(text) and len(words[i].parts) == 1 else 1
    if i < len(words) and words[i].literal not in _STDIN:
        return PythonStart(interpreter, None, None, words[i], words[i + 1 :], frozenset(options))
    return PythonStart(interpreter, None, None, None, words[i + 1 :], frozenset(options))


def _first_text(word: Word) -> str:
    first = word.parts[0]
    return first.text.value if isinstance(first, Literal) else ""


def _cluster(text: str, options: set[str]) -> tuple[str, int] | None:
    """The letter of a cluster like `-uc` that takes the rest or the next word, and the index behind it (empty
    when none does); None when the cluster makes Python print and leave.
    """
    for at, letter in enumerate(text[1:], 2):
        if letter in _ENDING:
            return None
        options.add(letter)
        if letter in "cm" or letter in _VALUED:
            return letter, at
    return "", len(text)


def _program(
    interpreter: str, words: tuple[Word, ...], i: int, at: int, letter: str, options: set[str]
) -> PythonStart | None:
    """The call with the argument of `-c` or `-m`, which begins at character `at` of word `i` or is the next word."""
    word = words[i]
    first = word.parts[0]
    rest: tuple[Part, ...] = word.parts[1:]
    if isinstance(first, Literal) and at < len(first.text.value):
        rest = (Literal(first.text.cut(at), first.is_quoted), *rest)
    behind = i + 1
    raw = word.raw.value[at:]
    if not rest:
        if behind >= len(words):
            return None
        rest, raw, behind = words[behind].parts, words[behind].raw.value, behind + 1
    known = frozenset(options)
    if letter == "c":
        quote = raw[0] if raw[:1] in {"'", '"'} else ""
        return PythonStart(interpreter, rest, None, None, words[behind:], known, quote)
    module = "".join(part.text.value for part in rest if isinstance(part, Literal))
    is_known = all(isinstance(part, Literal) for part in rest)
    return PythonStart(interpreter, None, module if is_known else "", None, words[behind:], known)
