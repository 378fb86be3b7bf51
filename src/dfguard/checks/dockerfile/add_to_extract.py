"""DFG910: an archive is copied in and then unpacked."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Call, Facts, Finding, Good, Note, Severity, Site, rule
from dfguard.checks.dockerfile._copies import ARCHIVES

UNPACKERS = ("unzip", "gunzip", "bunzip2", "unlzma", "unxz", "zgz", "uncompress", "zcat", "gzcat")


@rule(
    "DFG910",
    "add-to-extract",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3010",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3010",
        "https://docs.docker.com/reference/dockerfile/#adding-local-tar-archives",
    ),
    bad=(
        Bad(
            "FROM debian:12\nCOPY «app.tar.gz» /tmp/\nRUN tar -xzf /tmp/app.tar.gz -C /opt\n",
            files={"app.tar.gz": ""},
        ),
        Bad(
            "FROM debian:12\nCOPY a.bin «/tmp/b.tgz»\nRUN tar --extract --file=x /tmp/b.tgz\n",
            files={"a.bin": ""},
        ),
    ),
    good=(
        Good("FROM debian:12\nADD app.tar.gz /opt/\n", files={"app.tar.gz": ""}),
        Good(
            "FROM debian:12\nCOPY app.tar.gz /tmp/\nRUN sha256sum /tmp/app.tar.gz\n", files={"app.tar.gz": ""}
        ),
        Good(
            "FROM debian:12 AS b\nFROM debian:12\nCOPY --from=b /a.tar.gz /tmp/\nRUN tar xf /tmp/a.tar.gz\n",
            why="ADD takes no stage",
        ),
        Good(
            "FROM debian:12\nCOPY a.tar.gz /tmp/\nFROM debian:12\nRUN tar -xf /tmp/a.tar.gz\n",
            files={"a.tar.gz": ""},
            why="another stage",
        ),
        Good(
            "FROM debian:12\nCOPY a.tar.gz /tmp/\nRUN tar -cf /tmp/a.tar.gz /etc\n",
            files={"a.tar.gz": ""},
            why="it packs",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """An archive of the build context is copied in and unpacked by a RUN.

    The archive stays in the layer of the COPY although nobody needs it any more. ADD unpacks local tar archives
    itself and leaves nothing behind.
    """
    unpacked = list(facts.outline.calls("tar", *UNPACKERS, with_triggers=False))
    if not unpacked:
        return
    for site in facts.outline.of("COPY"):
        if site.instruction.flag("from") or len(site.instruction.arguments) < 2:
            continue
        *sources, target = site.instruction.arguments
        for archive in (target,) if _base_name(target.value).endswith(ARCHIVES) else sources:
            name = _base_name(archive.value)
            call = next((c for s, c in unpacked if _is_later(site, s) and _unpacks(c, name)), None)
            if call and name.endswith(ARCHIVES):
                yield Finding(
                    archive.place(),
                    f"{name} is copied in and unpacked later",
                    notes=(Note(call.place, "unpacked here"),),
                    advice="use ADD, which unpacks it in one step",
                )


def _is_later(copy: Site, run: Site) -> bool:
    return run.section is copy.section and run.instruction.index > copy.instruction.index


def _unpacks(call: Call, archive: str) -> bool:
    if call.name == "tar" and not any(
        word in {"--extract", "--get"} or (word.startswith("-") and "x" in word) for word in call.arguments
    ):
        return False
    return any(_base_name(word) == archive for word, _ in call.operands())


def _base_name(path: str) -> str:
    return path.strip("\"'").replace("\\", "/").rpartition("/")[2]
