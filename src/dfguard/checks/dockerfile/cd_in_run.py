"""DFG904: cd in RUN."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule


@rule(
    "DFG904",
    "cd-in-run",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3003",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3003",
        "https://docs.docker.com/build/building/best-practices/#workdir",
    ),
    differs="the text of a further shell (`bash -c`, `bash <<EOF`) is read as well; hadolint looks at the RUN's own text.",
    bad=(
        Bad("FROM debian:12\nRUN «cd» /app && make\n"),
        Bad("FROM debian:12\nRUN a; (b; «cd» /x)\n", message="WORKDIR"),
        Bad("FROM debian:12\nRUN for d in x y; do «cd» $d; make; «cd» ..; done\n"),
    ),
    good=(
        Good("FROM debian:12\nWORKDIR /app\nRUN make\n"),
        Good("FROM debian:12\nRUN make -C cd\n"),
        Good("FROM debian:12\nRUN echo cd /app\n"),
        Good("FROM debian:12\nONBUILD RUN cd /app && make\n", why="the child's WORKDIR is not known"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A RUN changes the directory with cd.

    It lasts until the RUN ends, which readers of the next instruction easily forget. WORKDIR is plain and stays.
    """
    for _, call in facts.outline.calls("cd", with_triggers=False):
        yield Finding(call.place, "cd instead of WORKDIR changes the directory for this RUN only")
