"""DFG919: ADD where COPY does."""

from collections.abc import Iterator

from dfguard.checks.api import Aspect, Bad, Edit, Facts, Finding, Fix, Good, Severity, known, rule
from dfguard.checks.dockerfile._copies import ARCHIVES

REMOTE = ("http://", "https://", "git://", "ssh://", "git@")
ADD_FLAGS = frozenset({"checksum", "keep-git-dir", "unpack"})


@rule(
    "DFG919",
    "copy-not-add",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3020",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3020",
        "https://docs.docker.com/build/building/best-practices/#add-or-copy",
    ),
    differs=(
        "git repositories count as remote sources, and a variable is replaced before the source is judged; a source that "
        "nobody can tell is not reported."
    ),
    bad=(
        Bad("FROM debian:12\n«ADD» app /app\n", fixed="FROM debian:12\nCOPY app /app\n", files={"app": ""}),
        Bad(
            'FROM debian:12\n«ADD» --chown=1:1 ["a b", "c.tar.gz", "/x/"]\n',
            fixed='FROM debian:12\nCOPY --chown=1:1 ["a b", "c.tar.gz", "/x/"]\n',
            files={"a b": "", "c.tar.gz": ""},
        ),
        Bad("FROM debian:12\n«ADD» . /src\n", fixed="FROM debian:12\nCOPY . /src\n", files={"a": ""}),
    ),
    good=(
        Good("FROM debian:12\nCOPY app /app\n", files={"app": ""}),
        Good("FROM debian:12\nADD app.tar.xz /\n", files={"app.tar.xz": ""}, why="it unpacks"),
        Good("FROM debian:12\nADD https://example.org/a /a\n", why="it downloads"),
        Good("FROM debian:12\nADD git@github.com:a/b.git#v1 /src\n", why="it clones"),
        Good("FROM debian:12\nARG BUNDLE=x.tgz\nADD $BUNDLE /\n", files={"x.tgz": ""}),
        Good("FROM debian:12\nARG URL\nADD $URL /a\n", why="nobody can tell"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """ADD copies files or folders, which COPY does.

    ADD also downloads and unpacks; a reader has to look twice, and a file that happens to be an archive is unpacked
    by surprise. COPY only copies.
    """
    for site in facts.outline.of("ADD"):
        instruction = site.instruction
        sources = [known(facts.outline.value(site, source)) for source in instruction.arguments[:-1]]
        if not sources or None in sources or any(flag.name in ADD_FLAGS for flag in instruction.flags):
            continue
        plain = [s for s in sources if s and not s.endswith(ARCHIVES) and not s.startswith(REMOTE)]
        if not plain:
            continue
        place = instruction.keyword_text.place()
        has_special = len(plain) < len(sources) and any(s and s.startswith(REMOTE) for s in sources)
        unpacks = any(s and s.endswith(ARCHIVES) for s in sources)
        text = "copy" if place.text.islower() else "COPY"
        fix = (
            None
            if has_special
            else Fix(
                f"use {text}",
                (Edit(place, text),),
                is_safe=not unpacks,
                changes=(Aspect.COPIES,) if unpacks else (),
            )
        )
        yield Finding(
            place,
            f"ADD only copies {plain[0]}{_further(len(plain) - 1)} here",
            fix=fix,
            advice="use COPY for files and folders",
        )


def _further(count: int) -> str:
    return f" and {count} more" if count else ""
