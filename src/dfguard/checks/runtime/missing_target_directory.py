"""DFG217: a command writes into, or goes to, a directory that is not there."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Failure, Finding, Good, Severity, rule


@rule(
    "DFG217",
    "missing-target-directory",
    Severity.ERROR,
    since="0.1.0",
    sources=("https://www.gnu.org/software/wget/manual/wget.html", "https://curl.se/docs/manpage.html"),
    bad=(
        Bad("FROM alpine:3.20\nRUN «wget -O /models/a.bin https://example.com/a.bin»\n", message="/models"),
        Bad("FROM alpine:3.20\nRUN mkdir /a && rmdir /a && «cd /a» && make\n"),
    ),
    good=(
        Good("FROM alpine:3.20\nRUN mkdir -p /models && wget -O /models/a.bin https://example.com/a.bin\n"),
        Good(
            "FROM some/image\nRUN wget -O /models/a.bin https://example.com/a.bin\n",
            why="the base image may hold it",
        ),
        Good(
            "FROM alpine:3.20\nRUN wget -P /models https://example.com/a.bin\n", why="-P makes the directory"
        ),
        Good("FROM alpine:3.20\nRUN curl --create-dirs -o /models/a.bin https://example.com/a.bin\n"),
        Good("FROM alpine:3.20\nRUN cd /nowhere || true\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A command needs a directory that does not exist at that moment of the build.

    `wget -O`, `curl -o` and redirections do not make directories, and `cd` needs one: the step fails. It is
    reported only when the directory is proven to be missing.
    """
    for _, run in facts.commands:
        if run.fails_because and run.failure is Failure.FATAL:
            name = run.name.rpartition("/")[2]
            certainty = Certainty.SURE if run.is_certain else Certainty.MAYBE
            yield Finding(
                run.place,
                f"{name} fails here: {run.fails_because}",
                certainty=certainty,
                advice="make the directory first",
            )
