"""A `Document` to what users of dockerfile-parse know: a `DockerfileParser` that reads it right."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dockerfile_parse import DockerfileParser

    from dfguard.syntax.dockerfile.document import Document


def as_dockerfile_parser(document: Document) -> DockerfileParser:
    """A `dockerfile_parse.DockerfileParser` over a copy of the text in which heredoc bodies, blank lines inside
    continuations and a byte order mark are hidden as comments, so that `structure`, `parent_images`, `envs` and the
    rest are right and line numbers hold. It is read-only: its setters raise `io.UnsupportedOperation`.
    """
    from dfguard.syntax.dockerfile.cross_check import parser_of

    parser: DockerfileParser = parser_of(document)
    return parser
