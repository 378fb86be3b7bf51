"""DFG814: programs that run with the rights of their owner."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule

SETUID = 0o4000


@rule(
    "DFG814",
    "setuid",
    Severity.WARNING,
    since="0.1.0",
    is_default=False,
    sources=(
        "https://man7.org/linux/man-pages/man2/chmod.2.html",
        "CIS Docker Benchmark 4.8: setuid and setgid permissions are removed",
    ),
    bad=(
        Bad(
            "FROM debian:12\nRUN chmod «u+s» /usr/bin/x\n",
            message="/usr/bin/x runs with the rights of its owner",
        ),
        Bad("FROM debian:12\nRUN chmod «4755» /x && install -m «6755» y /y\n"),
    ),
    good=(
        Good("FROM debian:12\nRUN chmod 0755 /x && chmod u-s /y && chmod +x /z\n"),
        Good("FROM debian:12\nRUN find / -perm /6000 -type f -exec chmod a-s {} +\n", why="taken away"),
        Good("FROM debian:12\nRUN chmod g+s /srv/shared\n", why="of a folder: files keep the group"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A program gets the setuid bit.

    Whoever starts it has the rights of its owner, mostly root. Containers seldom need that: start the process as the user
    it needs. Off by default; part of the profile `security`.
    """
    for found in facts.modes:
        if found.bits & SETUID:
            what = " ".join(found.targets[:3]) or "what is copied"
            yield Finding(
                found.place,
                f"{what} runs with the rights of its owner, whoever starts it",
                advice="start the process as the user it needs",
            )
