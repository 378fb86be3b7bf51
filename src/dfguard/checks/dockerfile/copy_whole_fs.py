"""DFG964: COPY --from of everything a stage holds."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Severity, rule


@rule(
    "DFG964",
    "copy-whole-fs",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3067",),
    sources=("https://github.com/hadolint/hadolint/wiki/DL3067",),
    differs=(
        "a stage made FROM scratch is meant to be filled like that, and so is a stage that holds nothing but what was put into it (FROM "
        "scratch, or an image of helpers such as tonistiigi/xx) to be taken as a whole; where the image is not known the finding "
        "is uncertain. The profile hadolint reports them."
    ),
    bad=(
        Bad("FROM debian:12 AS a\nFROM debian:12\nCOPY --from=a «/» /\n"),
        Bad('FROM debian:12 AS a\nFROM debian:12\nCOPY --from=a ["«/»", "/"]\n'),
        Bad("FROM debian:12\nCOPY --from=alpine:3.22 «/» /\n"),
        Bad("FROM nobody/knows:1 AS a\nFROM debian:12\nCOPY --from=a «/» /\n", certainty_is_maybe=True),
        Bad(
            "FROM tonistiigi/xx AS xx\nFROM debian:12\nCOPY --from=xx «/» /\n",
            options={"profile": "hadolint"},
        ),
    ),
    good=(
        Good("FROM debian:12 AS a\nFROM debian:12\nCOPY --from=a /app /\n"),
        Good("FROM debian:12 AS a\nFROM debian:12\nCOPY --from=a / /rootfs/\n"),
        Good(
            "FROM tonistiigi/xx:1.6.1 AS xx\nFROM debian:12\nCOPY --from=xx / /\n",
            why="made to be taken as a whole",
        ),
        Good(
            "FROM --platform=$BUILDPLATFORM tonistiigi/xx AS xx\nFROM golang:1.25\nCOPY --link --from=xx / /\n"
        ),
        Good("FROM debian:12\nCOPY --from=docker.io/tonistiigi/xx:1.6.1 / /\n"),
        Good(
            "FROM scratch AS merge\nCOPY a /a\nFROM debian:12\nCOPY --from=merge / /\n",
            files={"a": ""},
            why="only what was put together",
        ),
        Good(
            "FROM scratch AS a\nCOPY a /a\nFROM a AS b\nCOPY a /b\nFROM debian:12\nCOPY --from=b / /\n",
            files={"a": ""},
        ),
        Good("FROM debian:12\nCOPY / /\n", files={"a": ""}, why="the build context"),
        Good(
            "FROM debian:12 AS a\nFROM scratch\nCOPY --from=a / /\n",
            why="one layer of everything, on purpose",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """COPY takes the whole file system of another stage or image over an existing one.

    The two are mixed: files of the base image stay or are replaced as it happens, and secrets and caches of the other
    stage come along. Copy what is needed.
    """
    is_tool = facts.imitates("hadolint")
    for site in facts.outline.of("COPY"):
        arguments = site.instruction.arguments
        stage = site.section.stage
        flag = site.instruction.flag("from")
        if len(arguments) < 2 or not (flag and flag.value) or arguments[-1].value.strip("\"'") != "/":
            continue
        if stage and stage.base.value.lower() == "scratch":
            continue
        whole = next((source for source in arguments[:-1] if source.value.strip("\"'") == "/"), None)
        is_system = True if is_tool else facts.is_whole_system(flag.value.value)
        if whole and is_system is not False:
            yield Finding(
                whole.place(),
                "the whole file system of another stage is copied over this one",
                certainty=Certainty.MAYBE if is_system is None else Certainty.SURE,
            )
