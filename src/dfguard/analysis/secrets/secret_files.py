"""A COPY or ADD to the files with credentials that it brings along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.core.source import Place, Span
from dfguard.interp.values import known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dfguard.core.context import BuildContext
    from dfguard.interp.state.model import CopySource, Step
    from dfguard.knowledge.secrecy import Secrecy
    from dfguard.knowledge.security import SecretFile

_KEY_MARK = "PRIVATE KEY-----"
_LOGINS = ("_authtoken=", "_password=", "password=", '"auth":', "password ", "private_key")
_MOST = 200


class CopiedSecret(Record):
    """A file of credentials that the context gives to the image. `evidence` is where the file shows a secret, None when it is not
    in the context, or only its name tells. `ignored_by` is the line of .dockerignore that keeps it out.
    """

    path: str
    kind: SecretFile
    place: Place
    evidence: Place | None
    is_certain: bool
    ignored_by: Place | None = None


def copied_secrets(step: Step, context: BuildContext, secrecy: Secrecy) -> Iterator[CopiedSecret]:
    """The credentials among the sources of one COPY or ADD from the build context."""
    for copy in step.effects.copies:
        pattern = known(copy.pattern)
        if copy.origin is not None or pattern is None:
            continue
        kind = secrecy.file_kind(pattern)
        if copy.ignored_by is None or not copy.is_missing:
            yield from _of_source(copy, pattern, context, secrecy)
        elif kind is not None and _is_telling(kind, pattern):
            yield CopiedSecret(pattern, kind, copy.place, None, is_certain=True, ignored_by=copy.ignored_by)


def _of_source(
    copy: CopySource, pattern: str, context: BuildContext, secrecy: Secrecy
) -> Iterator[CopiedSecret]:
    named = [path for path in copy.matched[:_MOST] if secrecy.file_kind(path)]
    inside = [path for path in copy.matched[:_MOST] if path not in named]
    for path in named:
        yield from _of_file(copy, path, context, secrecy)
    for folder in inside:
        for entry in context.children(folder):
            if secrecy.file_kind(entry.path) and not context.is_ignored(entry.path):
                yield from _of_file(copy, entry.path, context, secrecy, is_named=False)
    bare = pattern.rstrip("*")
    kind = secrecy.file_kind(bare) if not named and not inside else None
    if kind is not None:
        path = bare.removeprefix("./")
        yield CopiedSecret(path, kind, copy.place, None, _is_telling(kind, path))


def _is_telling(kind: SecretFile, path: str) -> bool:
    """Whether the name of a file that is not there to look at says enough."""
    return kind.is_always or path.rpartition("/")[2] == ".env"


def _of_file(
    copy: CopySource, path: str, context: BuildContext, secrecy: Secrecy, *, is_named: bool = True
) -> Iterator[CopiedSecret]:
    kind = secrecy.file_kind(path)
    source = context.source(path)
    if kind is None or source is None:
        return
    evidence = None
    for line in range(1, len(source.line_starts) + 1):
        text = source.line_text(line)
        if _shows_secret(text, secrecy):
            start = source.line_starts[line - 1]
            start = source.line_starts[line - 1]
            evidence = Place(source, Span(start, start + len(text)))
            break
    if evidence or (kind.is_always and is_named and source.text.strip()):
        yield CopiedSecret(path, kind, copy.place, evidence, is_certain=True)


def _shows_secret(line: str, secrecy: Secrecy) -> bool:
    text = line.strip().removeprefix("export ").strip()
    if not text or text.startswith(("#", ";")):
        return False
    name, equals, value = text.partition("=")
    if equals and "${" not in value and secrecy.is_secret_name(name.strip()):
        return secrecy.is_secret_value(name.strip(), value)
    low = text.lower()
    is_login = any(mark in low for mark in _LOGINS) and "${" not in text
    return _KEY_MARK in text or is_login or next(secrecy.tokens(text), None) is not None
