"""Python code to a verdict (does it compile, and if not, where and why) and to a `Program` (what it does).

Nothing is executed. The verdict is CPython's own: `compile` to a tree and the tree to byte code (`return` outside a function is only
found by the second), on the Python dfguard runs on. What that refuses may be flattened, Python 2, or newer.
"""

from __future__ import annotations

import gc
import re
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from dfguard.core.record import Record, replace
from dfguard.syntax.python.limits import hazard
from dfguard.syntax.python.program import Fault, Program

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping

    from dfguard.syntax.python.program import Reach, Snippet
    from dfguard.syntax.python.versions import Version

_BOM = "\ufeff"


class Parsed(Record):
    """What became of code: a tree, or a fault, or neither and the reason in `unread`.

    `code` is what was parsed, character for character at the same index as in what was given, `shift` more in front.
    """

    code: str
    shift: int
    tree: ast.Module | None = None
    fault: Fault | None = None
    unread: str = ""


def check(code: str, version: Version | None = None) -> Fault | None:
    """Why the code does not compile, None when it does or when nobody can tell (see `Parsed.unread`).

    `version` is the Python that will read it, None when unknown: then code that any version from 3.11 on takes is
    fine. Code for Python 2 is only refused when no version takes it.
    """
    parsed = parse(code)
    if version is not None and version < (3, 0):
        return parsed.fault if parsed.fault and parsed.fault.is_flattened else None
    if parsed.fault is not None:
        needed = parsed.fault.required
        return None if needed and (version is None or version >= needed) else parsed.fault
    if version is None or parsed.tree is None:
        return None
    from dfguard.syntax.python.positions import Positions
    from dfguard.syntax.python.versions import newest_feature

    feature = newest_feature(parsed.tree, parsed.code)
    if feature is None or feature.version <= version:
        return None
    index = Positions(parsed.code, parsed.shift).index(feature.line, feature.column)
    return Fault(_too_new(feature.name, feature.version), index, required=feature.version)


def read(snippet: Snippet, called: Mapping[str, Reach] | None = None) -> Program:
    """What the code of a snippet does; only the fault when it does not compile, only `unread` when it is left alone.

    `called` names functions (qualified, or classes) that other files call, and when: they count as entries.
    """
    # A tree has no circles to collect, and looking for them takes a third of the time of a large file.
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        return _program(snippet, called or {})
    finally:
        if was_collecting:
            gc.enable()


def _program(snippet: Snippet, called: Mapping[str, Reach]) -> Program:
    parsed = parse(snippet.code.value)
    fault = parsed.fault
    if fault is not None and fault.required is not None:
        return Program(snippet.code.source, None, unread=fault.message)
    if parsed.tree is None:
        return Program(snippet.code.source, fault, unread=parsed.unread)
    from dfguard.syntax.python.reader import program_of
    from dfguard.syntax.python.served_names import with_served

    try:
        return with_served(program_of(snippet, parsed, parsed.tree, called))
    except RecursionError:
        return Program(snippet.code.source, None, unread="too deeply nested")


def required_version(code: str) -> Version:
    """The first Python that takes the code; (3, 0) for code without newer syntax and for code that none takes."""
    from dfguard.syntax.python.versions import OLDEST, newest_feature

    parsed = parse(code)
    if parsed.fault is not None:
        return parsed.fault.required or OLDEST
    feature = newest_feature(parsed.tree, parsed.code) if parsed.tree else None
    return feature.version if feature else OLDEST


def _too_new(feature: str, version: Version) -> str:
    return f"{feature} needs python {version[0]}.{version[1]}"


@lru_cache(maxsize=64)
def parse(code: str) -> Parsed:
    """The tree of the code or the fault in it. A `Fault.required` is set when only a newer Python takes the code.

    What is read is asked for its verdict soon after: the trees of one program are kept.
    """
    shift = len(code) - len(code.removeprefix(_BOM))
    text = code[shift:]
    if reason := hazard(text):
        return Parsed(text, shift, unread=reason)
    if (at := text.find("\0")) >= 0:
        return Parsed(text, shift, fault=Fault("a null byte", at + shift))
    text, fault = _decoded(text)
    if fault is not None:
        return Parsed(text, shift, fault=replace(fault, index=fault.index + shift))
    outcome = _compiled(text)
    match outcome:
        case str():
            return Parsed(text, shift, unread=outcome)
        case Fault():
            return Parsed(text, shift, fault=_shifted(_explained(text, outcome), shift))
        case _:
            return Parsed(text, shift, tree=outcome)


def _explained(code: str, fault: Fault) -> Fault:
    from dfguard.syntax.python.faults import explained

    return explained(code, fault, _judged)


def _judged(code: str) -> Fault | None:
    outcome = _compiled(code)
    return _explained(code, outcome) if isinstance(outcome, Fault) else None


def _shifted(fault: Fault, shift: int) -> Fault:
    header = fault.header and (fault.header[0] + shift, fault.header[1] + shift)
    return replace(fault, index=fault.index + shift, header=header) if shift else fault


def _decoded(code: str) -> tuple[str, Fault | None]:
    """The code with every byte that was not UTF-8 replaced by a letter, provided the file declares another encoding that
    can read it.

    Source: PEP 263, PEP 3120. Which letter it is does not matter to the grammar.
    """
    if code.isascii():
        return code, None
    bad = re.search("[\ud800-\udfff]", code)
    head = "\n".join(re.split(r"\r\n|\r|\n", code, maxsplit=2)[:2])
    declared = re.search(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", head, re.MULTILINE)
    if declared is None or declared[1].lower().replace("_", "-") in {"utf-8", "utf8"}:
        message = "a byte that is not utf-8, and no other encoding is declared"
        return code, Fault(message, bad.start()) if bad else None
    if (fault := _undecodable(code, declared[1], declared.start(1))) is not None:
        return code, fault
    return re.sub("[\ud800-\udfff]", "a", code), None


_TEXT_CODECS = ("ascii", "cp", "iso8859", "gb", "big5", "euc", "shift_jis", "koi8", "mac")
"""Beginnings of the names of codecs that read one character after the other."""


def _undecodable(code: str, encoding: str, at: int) -> Fault | None:
    """Why code that is not all ASCII cannot be read in the encoding that is declared `at` that index."""
    import codecs

    try:
        if codecs.lookup(encoding).name.startswith(_TEXT_CODECS):
            data = code.encode("utf-8", "surrogateescape")
            data.decode(encoding)
    except LookupError:
        return Fault(f"{encoding} is no encoding", at)
    except UnicodeDecodeError as error:
        index = len(error.object[: error.start].decode("utf-8", "surrogateescape"))
        return Fault(f"a byte that is not {encoding}, the declared encoding", index)
    except UnicodeEncodeError as error:
        return Fault("half a character", error.start)
    return None


def _compiled(code: str) -> ast.Module | Fault | str:
    """The tree, the fault as CPython reports it, or why CPython gave up."""
    from _ast import PyCF_ONLY_AST  # importing `ast` takes 8 ms more

    tree: ast.Module | None = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = cast("ast.Module", compile(code, "<code>", "exec", PyCF_ONLY_AST, dont_inherit=True))
            compile(tree, "<code>", "exec", dont_inherit=True)
    except SyntaxError as error:
        from dfguard.syntax.python.faults import reported

        return reported(code, error, counts_bytes=tree is not None)
    except (RecursionError, MemoryError):
        return "too deeply nested"
    except (ValueError, OverflowError) as error:
        return f"refused by the parser: {str(error).lower()}"
    else:
        return tree
