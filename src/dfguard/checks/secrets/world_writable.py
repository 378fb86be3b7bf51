"""DFG809: files that everybody may change."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, rule

EVERYBODY, STICKY = 0o002, 0o1000


@rule(
    "DFG809",
    "world-writable",
    Severity.WARNING,
    since="0.1.0",
    is_default=False,
    sources=(
        "https://docs.docker.com/build/building/best-practices/#user",
        "https://man7.org/linux/man-pages/man1/chmod.1.html",
    ),
    bad=(
        Bad("FROM debian:12\nRUN chmod -R «777» /app\n", message="everybody may change /app"),
        Bad("FROM debian:12\nRUN chmod «a+rwx» /a /b && install -d -m «0777» /c\n"),
        Bad("FROM debian:12\nCOPY --chmod=«777» a /a\n"),
    ),
    good=(
        Good("FROM debian:12\nRUN chmod 755 /a && chmod u+w,go-w /b && chmod +x /c\n"),
        Good("FROM debian:12\nRUN chmod 1777 /tmp\n", why="only owners may delete"),
        Good("FROM debian:12\nRUN chmod --reference=/a /b && chmod $MODE /c\n", why="nobody can tell"),
        Good("FROM debian:12\nCOPY --chmod=755 a /a\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Everybody may change files of the image.

    Any process in the container, whatever its user, can replace programs and configuration. Give the files to the user
    who needs them (`chown`, `COPY --chown`). Off by default; part of the profile `security`.
    """
    for found in facts.modes:
        if found.bits & EVERYBODY and not found.bits & STICKY:
            what = " ".join(found.targets[:3]) or "what is copied"
            yield Finding(
                found.place,
                f"everybody may change {what}",
                advice="give it to the user who needs it, with chown",
            )
