"""Python code to a verdict: does it compile, and if not, where and why.

Nothing is executed. The verdict is CPython's own: `compile` to a tree and the tree to byte code (`return` outside a function is only
found by the second), on the Python dfguard runs on. What that refuses may be flattened, Python 2, or newer; what might exhaust
CPython is not shown to it (`hazard`).
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from dfguard.core.record import replace
from dfguard.syntax.python.program import ParsedCode, PythonFault

if TYPE_CHECKING:
    import ast

    from dfguard.syntax.python.verdict.versions import Version


LENGTH = 1_500_000
STATEMENTS = 60_000
_CLAUSES = 10_000
_DOTS = 4_000
_FORMATTED = 30_000
"""CPython's own limits (200 open brackets, 100 indents, the depth of its parser) end in exceptions and need no help.
Measured on 3.11.7, 3.12.1 and 3.13.0, three shapes do not: the compiler overruns the C stack on a comprehension of
some 100,000 `for` clauses, a dotted name in an import takes time in the square of its length (100,000 parts: half a
minute), and 3.12 takes as long for f-strings written side by side.
"""


def hazard(code: str) -> str:
    """Why the code is left alone: lower case, empty when nothing speaks against parsing it."""
    if len(code) > LENGTH:
        return f"longer than {LENGTH:,} characters"
    if len(code) < _DOTS:
        return ""
    if code.count("\n") + code.count(";") > STATEMENTS:
        return f"more than {STATEMENTS:,} statements"
    if code.count("for") > _CLAUSES and len(re.findall(r"\bfor\b", code)) > _CLAUSES:
        return f"more than {_CLAUSES:,} loops and comprehensions"
    if code.count(".") > _DOTS and _has_endless_import(code):
        return f"an import of more than {_DOTS:,} parts"
    if len(re.findall(r"[fFtT][rR]?[\"']", code)) > _FORMATTED:
        return f"more than {_FORMATTED:,} formatted strings"
    return ""


def _has_endless_import(code: str) -> bool:
    lines = code.replace("\\\r\n", "").replace("\\\n", "").replace("\\\r", "").replace(";", "\n").splitlines()
    return any(line.count(".") > _DOTS and "import" in line for line in lines)


_BOM = "\ufeff"


def check(code: str, version: Version | None = None) -> PythonFault | None:
    """Why the code does not compile, None when it does or when nobody can tell (see `ParsedCode.unread`).

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
    from dfguard.syntax.python.tree import Positions
    from dfguard.syntax.python.verdict.versions import newest_feature

    feature = newest_feature(parsed.tree, parsed.code)
    if feature is None or feature.version <= version:
        return None
    index = Positions(parsed.code, parsed.shift).index(feature.line, feature.column)
    return PythonFault(_too_new(feature.name, feature.version), index, required=feature.version)


def required_version(code: str) -> Version:
    """The first Python that takes the code; (3, 0) for code without newer syntax and for code that none takes."""
    from dfguard.syntax.python.verdict.versions import OLDEST, newest_feature

    parsed = parse(code)
    if parsed.fault is not None:
        return parsed.fault.required or OLDEST
    feature = newest_feature(parsed.tree, parsed.code) if parsed.tree else None
    return feature.version if feature else OLDEST


def _too_new(feature: str, version: Version) -> str:
    return f"{feature} needs python {version[0]}.{version[1]}"


@lru_cache(maxsize=64)
def parse(code: str) -> ParsedCode:
    """The tree of the code or the fault in it. A `PythonFault.required` is set when only a newer Python takes the code.

    What is read is asked for its verdict soon after: the trees of one program are kept.
    """
    shift = len(code) - len(code.removeprefix(_BOM))
    text = code[shift:]
    if reason := hazard(text):
        return ParsedCode(text, shift, unread=reason)
    if (at := text.find("\0")) >= 0:
        return ParsedCode(text, shift, fault=PythonFault("a null byte", at + shift))
    text, fault = _decoded(text)
    if fault is not None:
        return ParsedCode(text, shift, fault=replace(fault, index=fault.index + shift))
    outcome = _compiled(text)
    match outcome:
        case str():
            return ParsedCode(text, shift, unread=outcome)
        case PythonFault():
            return ParsedCode(text, shift, fault=_shifted(_explained(text, outcome), shift))
        case _:
            return ParsedCode(text, shift, tree=outcome)


def _explained(code: str, fault: PythonFault) -> PythonFault:
    from dfguard.syntax.python.verdict.faults import explained

    return explained(code, fault, _judged)


def _judged(code: str) -> PythonFault | None:
    outcome = _compiled(code)
    return _explained(code, outcome) if isinstance(outcome, PythonFault) else None


def _shifted(fault: PythonFault, shift: int) -> PythonFault:
    header = fault.header and (fault.header[0] + shift, fault.header[1] + shift)
    return replace(fault, index=fault.index + shift, header=header) if shift else fault


def _decoded(code: str) -> tuple[str, PythonFault | None]:
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
        return code, PythonFault(message, bad.start()) if bad else None
    if (fault := _undecodable(code, declared[1], declared.start(1))) is not None:
        return code, fault
    return re.sub("[\ud800-\udfff]", "a", code), None


_TEXT_CODECS = ("ascii", "cp", "iso8859", "gb", "big5", "euc", "shift_jis", "koi8", "mac")
"""Beginnings of the names of codecs that read one character after the other."""


def _undecodable(code: str, encoding: str, at: int) -> PythonFault | None:
    """Why code that is not all ASCII cannot be read in the encoding that is declared `at` that index."""
    import codecs

    try:
        if codecs.lookup(encoding).name.startswith(_TEXT_CODECS):
            data = code.encode("utf-8", "surrogateescape")
            data.decode(encoding)
    except LookupError:
        return PythonFault(f"{encoding} is no encoding", at)
    except UnicodeDecodeError as error:
        index = len(error.object[: error.start].decode("utf-8", "surrogateescape"))
        return PythonFault(f"a byte that is not {encoding}, the declared encoding", index)
    except UnicodeEncodeError as error:
        return PythonFault("half a character", error.start)
    return None


def _compiled(code: str) -> ast.Module | PythonFault | str:
    """The tree, the fault as CPython reports it, or why CPython gave up."""
    from _ast import PyCF_ONLY_AST  # importing `ast` takes 8 ms more

    tree: ast.Module | None = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = cast("ast.Module", compile(code, "<code>", "exec", PyCF_ONLY_AST, dont_inherit=True))
            compile(tree, "<code>", "exec", dont_inherit=True)
    except SyntaxError as error:
        from dfguard.syntax.python.verdict.faults import reported

        return reported(code, error, counts_bytes=tree is not None)
    except (RecursionError, MemoryError):
        return "too deeply nested"
    except (ValueError, OverflowError) as error:
        return f"refused by the parser: {str(error).lower()}"
    else:
        return tree
