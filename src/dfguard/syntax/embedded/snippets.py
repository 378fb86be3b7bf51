r"""Scripts and instructions to the Python `Snippet`s in them: `-c`, here-documents, pipes, generated and copied files.

In the here-documents of COPY and ADD, BuildKit replaces variables unless the delimiter is quoted, and takes a backslash
away before any character, `\\n` included (moby/buildkit frontend/dockerfile/instructions/commands.go `ExpandRaw`
@73ed6825).
"""

from __future__ import annotations

import itertools
import posixpath
from typing import TYPE_CHECKING

from dfguard.core.source import Place, Span
from dfguard.core.texts import joined, made_up, without_tabs
from dfguard.syntax.dockerfile.words import BadWord, LiteralPiece, QuotedPiece, VariablePiece, parse
from dfguard.syntax.embedded.placeholders import PlaceheldCode, code_of, stand_for
from dfguard.syntax.embedded.python_call import called_by_uv, is_python, python_call
from dfguard.syntax.python.program import Form, Snippet
from dfguard.syntax.shell.nodes import Command, Dialect, Group, Literal, Substitution
from dfguard.syntax.shell.output import output_of, printed, stdin_of, stdin_redirect
from dfguard.syntax.shell.visitor import nodes_of
from dfguard.syntax.shell.wrappers import fed, peel, program_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.source import Source, Text
    from dfguard.syntax.dockerfile.document import Heredoc, Instruction
    from dfguard.syntax.dockerfile.words import Piece
    from dfguard.syntax.embedded.python_call import PythonStart
    from dfguard.syntax.shell.nodes import Node, Redirect, Script, Word


def copied_snippets(instruction: Instruction) -> Iterator[Snippet]:
    """The Python files the here-documents of a COPY or ADD make."""
    target = instruction.arguments[-1].value if instruction.arguments else ""
    for heredoc in instruction.heredocs:
        name = heredoc.name if target.endswith("/") else posixpath.basename(target)
        code = copied_code(heredoc)
        if code is None or not code.text.value.strip() or not _is_program(name, code.text.value):
            continue
        yield Snippet(
            code.text, Form.COPY_HEREDOC, None, Place(instruction.source, heredoc.operator), code.holes
        )


def _is_program(name: str, text: str) -> bool:
    if name.endswith((".py", ".pyw")):
        return True
    words = text.split("\n", 1)[0][2:].split() if text.startswith("#!") else []
    return any(is_python(word) for word in words)


def copied_code(heredoc: Heredoc) -> PlaceheldCode | None:
    """What the file holds, with placeholders for variables; None when BuildKit could not read the body."""
    body = without_tabs(heredoc.body) if heredoc.strips_tabs else heredoc.body
    if not heredoc.expands:
        return PlaceheldCode(body, ())
    word = parse(body, "\\", keeps_quotes=True)
    if isinstance(word, BadWord):
        return None
    pieces: list[Text] = [body.cut(0, 0)]
    holes: list[tuple[int, int]] = []
    length, tail = 0, ""
    for piece in word.pieces:
        text = _text(piece, body, tail)
        if isinstance(piece, VariablePiece):
            holes.append((length, length + len(text.value)))
        pieces.append(text)
        length += len(text.value)
        tail = (tail + text.value)[-40:]
    return PlaceheldCode(joined(pieces), tuple(holes))


def _text(piece: Piece, body: Text, before: str) -> Text:
    match piece:
        case VariablePiece(name, start, end):
            return stand_for(name, body.span(start, end), body.source, before)
        case LiteralPiece(value, start, end) if value != body.value[start:end]:
            return made_up(value, body.source, body.offset(start))
        case LiteralPiece(_, start, end) | QuotedPiece(_, start, end):
            return body.cut(start, end)


_WRITES = frozenset({">", ">|", "&>"})


def snippets_of_instruction(instruction: Instruction, script: Script | None) -> tuple[Snippet, ...]:
    """All Python in an instruction, in the order of the text; `script` is what `run_script` made of it.

    Generated files that another command appends to are left out: what they hold in the end is not known here.
    """
    command = instruction.trigger or instruction
    if command.keyword in {"COPY", "ADD"}:
        return tuple(copied_snippets(command))
    return () if script is None else snippets_of_script(script)


def snippets_of_script(script: Script) -> tuple[Snippet, ...]:
    """All Python in a script, in substitutions and nested shells too, in the order of the text."""
    if script.dialect is Dialect.OTHER:
        return tuple(_whole_script(script))
    if not _may_hold_python(script.text.value.lower()):
        return ()
    met = list(nodes_of(script))
    appended = {target for one in met for target in _targets(one.node, ">>")}
    found: list[Snippet] = []
    for one in met:
        if appended and not appended.isdisjoint(_targets(one.node, ">")):
            continue
        if isinstance(one.node, Command):
            found += snippets_of_command(one.node, one.pipe_from, dialect=one.dialect)
        elif isinstance(one.node, Group):
            found += _generated_by_group(one.node, script.source, one.dialect)
    return tuple(found)


def _may_hold_python(text: str) -> bool:
    """Whether a text has what every form has: a program or file named after Python, or `uv run -`."""
    return "py" in text or "uv" in text


def snippets_of_command(
    command: Command,
    pipe_from: Node | None = None,
    *,
    dialect: Dialect = Dialect.POSIX,
    escapes: bool | None = None,
) -> tuple[Snippet, ...]:
    """The Python that one command hands to Python or writes to a `.py` file. What stands in its substitutions,
    or in the script of a `sh -c`, is not looked into.

    `pipe_from` is the node whose output it reads; for `escapes` see `printed.output_of`.
    """
    if not command.words:
        return ()
    source = command.words[0].raw.source
    place = Place(source, command.span)
    found = [*_run(command, pipe_from, place, dialect, escapes=escapes)]
    found += _generated(command, pipe_from, place, dialect, escapes=escapes)
    return tuple(found)


def _run(
    command: Command, pipe_from: Node | None, place: Place, dialect: Dialect, *, escapes: bool | None
) -> Iterator[Snippet]:
    """The code given to Python."""
    peeled = peel(command.words)
    call = python_call(peeled.words)
    if call is None and peeled.wrappers and peeled.wrappers[-1].name == "uv":
        call = called_by_uv(peeled.words)
    if call is None:
        for words in fed(peeled.words):
            inner = python_call(peel(words).words)
            if inner and inner.code is not None and not _is_filled_in(inner, peeled.words):
                yield from _dash_c(inner, place, dialect)
        return
    if call.code is not None:
        yield from _dash_c(call, place, dialect)
    elif call.reads_stdin:
        redirect = stdin_redirect(command)
        form = (
            Form.PIPED
            if redirect is None
            else Form.HERE_STRING
            if redirect.operator == "<<<"
            else Form.HEREDOC
        )
        parts = stdin_of(command, pipe_from, dialect, escapes=escapes)
        if parts is not None and (code := code_of(parts, place.source, dialect, escapes=escapes)):
            yield Snippet(code.text, form, call.interpreter, place, code.holes)
    elif call.file is not None and (code := _from_process(call.file, place.source, dialect)):
        yield Snippet(code.text, Form.PIPED, call.interpreter, place, code.holes)


def _dash_c(call: PythonStart, place: Place, dialect: Dialect) -> Iterator[Snippet]:
    code = code_of(call.code or (), place.source, dialect)
    if code:
        yield Snippet(code.text, Form.DASH_C, call.interpreter, place, code.holes, call.quote)


def _is_filled_in(call: PythonStart, words: tuple[Word, ...]) -> bool:
    """Whether `xargs -I{}` or `find` puts other text into the code."""
    texts = [part.text.value for part in call.code or () if isinstance(part, Literal)]
    marks = {"{}"}
    for before, after in itertools.pairwise(words):
        if (before.literal or "") in {"-I", "--replace"} and after.literal:
            marks.add(after.literal)
    return any(mark in text for mark in marks for text in texts)


def _from_process(file: Word, source: Source, dialect: Dialect) -> PlaceheldCode | None:
    """`python <(cat <<EOF …)`: what the process prints."""
    part = file.parts[0]
    if not (isinstance(part, Substitution) and part.is_process and part.script):
        return None
    parts = output_of(part.script.body, dialect)
    return code_of(parts, source, dialect) if parts is not None else None


def _generated(
    command: Command, pipe_from: Node | None, place: Place, dialect: Dialect, *, escapes: bool | None
) -> Iterator[Snippet]:
    """The code written to a `.py` file by echo, printf, cat or tee."""
    if not any(True for _ in _targets(command, ">")):
        return
    parts = printed(command, dialect, escapes=escapes, pipe_from=pipe_from)
    if parts and (code := code_of(parts, place.source, dialect, escapes=escapes)):
        yield Snippet(code.text, Form.GENERATED, None, place, code.holes)


def _generated_by_group(group: Group, source: Source, dialect: Dialect) -> Iterator[Snippet]:
    """`{ echo a; echo b; } > x.py`."""
    if any(True for _ in _targets(group, ">")):
        parts = output_of(group.body, dialect)
        if parts and (code := code_of(parts, source, dialect)):
            yield Snippet(code.text, Form.GENERATED, None, Place(source, group.span), code.holes)


def _targets(node: Node, kind: str) -> Iterator[str]:
    """The `.py` files a node writes (`>`) or appends to (`>>`), as written."""
    redirects: tuple[Redirect, ...] = node.redirects if isinstance(node, Command | Group) else ()
    for redirect in redirects:
        operators = _WRITES if kind == ">" else {">>", "&>>"}
        if redirect.operator in operators and redirect.descriptor in {None, 1} and redirect.target:
            yield from _python_file(redirect.target)
    words = peel(node.words).words if isinstance(node, Command) else ()
    if words and program_name(words[0]) == "tee":
        appends = any((word.literal or "") in {"-a", "--append"} for word in words[1:])
        if appends == (kind == ">>"):
            for word in words[1:]:
                yield from _python_file(word)


def _python_file(word: Word) -> Iterator[str]:
    last = word.parts[-1] if word.parts else None
    if isinstance(last, Literal) and last.text.value.endswith((".py", ".pyw")):
        yield word.raw.value.strip("\"'")


def _whole_script(script: Script) -> Iterator[Snippet]:
    """A script that Python itself reads: by its `#!` line, or because SHELL is Python."""
    if script.interpreter and is_python(script.interpreter) and script.text.value.strip():
        form = Form.HEREDOC if script.shebang is not None else Form.DASH_C
        yield Snippet(script.text, form, script.interpreter, Place(script.source, Span(*_ends(script))))


def _ends(script: Script) -> tuple[int, int]:
    span = script.text.span()
    return span.start, span.end
