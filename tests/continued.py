"""`python -c` in a RUN with continued lines to the code Python receives, mapped to where it stands."""

from __future__ import annotations

import ast
import io
import sysconfig
import tokenize
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

from dfguard.core.source import Source, Span, Text, TextBuilder
from dfguard.syntax.python.verdict.check import check

if TYPE_CHECKING:
    from collections.abc import Iterator


def continued(dockerfile: str, opening: str = '-c "', closing: str = '"') -> Text:
    r"""The text between `opening` and the last `closing`, without each `\` at the end of a line."""
    source = Source("Dockerfile", dockerfile)
    builder = TextBuilder(source.text_of(Span(0, len(dockerfile))))
    at, end = dockerfile.index(opening) + len(opening), dockerfile.rindex(closing)
    while at < end:
        stop = dockerfile.find("\\\n", at, end)
        stop = stop if stop >= 0 else end
        builder.keep(at, stop)
        at = stop + 2
    return builder.text()


def flattened_lines(code: str) -> list[str] | None:
    r"""The lines of a statement as someone writes them who joins lines with `; \`, or None when it cannot be done.

    Comments go; statements get a `;`, headers and decorators none. Text over several lines cannot be joined.
    """
    lines: list[str] = []
    parts: dict[int, str] = {}
    source = code.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.STRING and token.start[0] != token.end[0]:
            return None
        if token.type in {
            tokenize.COMMENT,
            tokenize.NL,
            tokenize.INDENT,
            tokenize.DEDENT,
            tokenize.ENDMARKER,
        }:
            continue
        if token.type != tokenize.NEWLINE:
            row, column = token.end
            parts[row] = source[row - 1][:column]
            continue
        joined = [parts[row] for row in sorted(parts)]
        if any(part.endswith("\\") for part in joined):
            return None
        is_header = joined[-1].endswith(":") or joined[0].lstrip().startswith("@")
        lines += [*joined[:-1], joined[-1] + ("" if is_header else ";")]
        parts = {}
    return lines


def in_run(lines: list[str], margin: str = "") -> str:
    r"""A Dockerfile whose RUN hands the lines to `python -c`, each continued by `\`."""
    body = "".join(f"{margin}{line} \\\n" for line in lines)
    return f'RUN python -c "\\\n{body}"\n'


def statement(code: str) -> str:
    """A statement cut out of a file, at the left margin; what must stand in a function or loop stands in one."""
    return dedent(code).rstrip() + "\n"


def _statements() -> Iterator[str]:
    """Compound statements of the standard library that stand on several lines."""
    library = Path(sysconfig.get_path("stdlib"))
    for path in sorted([*library.glob("*.py"), *library.glob("asyncio/*.py"), *library.glob("email/*.py")]):
        text = path.read_text(encoding="utf-8", errors="replace")
        lines = text.splitlines(keepends=True)
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, _COMPOUND) or not 1 <= (node.end_lineno or 0) - node.lineno <= 40:
                continue
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
            found = "".join(lines[first - 1 : node.end_lineno])
            if not found.lstrip().startswith(("elif", "else")):
                yield statement(found)


_COMPOUND = (ast.If, ast.For, ast.While, ast.Try, ast.With, ast.FunctionDef, ast.ClassDef, ast.Match)


def flattened_statements() -> Iterator[tuple[str, list[str]]]:
    """Code around a statement and its flattened lines; only code that cannot stand on one line."""
    for found in _statements():
        code = f"import first\n{found}last()\n"
        if (
            check(code) is None
            and (lines := flattened_lines(code)) is not None
            and check(" ".join(lines)) is not None
        ):
            yield code, lines
