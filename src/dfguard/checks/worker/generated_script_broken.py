"""DFG507: a script that the Dockerfile writes does not work as the shell it is for."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule

START = 'CMD ["/start.sh"]\n'


@rule(
    "DFG507",
    "generated-script-broken",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_02",
        "https://man7.org/linux/man-pages/man2/execve.2.html",
    ),
    bad=(
        Bad(
            f"FROM debian:bookworm\nRUN echo '#!/bin/bash' > /start.sh && echo 'if [ ! -d «\\\"/models\\\"» ]; then exit 1; fi' >> /start.sh && chmod +x /start.sh\n{START}",
            message="/models",
        ),
        Bad(
            f"FROM debian:bookworm\nRUN echo 'echo started' > /start.sh && chmod +x /start.sh\n{START}".replace(
                '"/start.sh"', '"«/start.sh»"'
            ),
            message="#!",
        ),
        Bad(
            f"FROM debian:bookworm\nRUN printf '#!/bin/sh\\necho hi\\n' > /start.sh\n{START}".replace(
                '"/start.sh"', '"«/start.sh»"'
            ),
            message="not executable",
        ),
        Bad(
            f"FROM debian:bookworm\nCOPY --chmod=755 <<'EOF' /start.sh\n#!/bin/sh\n«if» true; then\n  echo hi\nEOF\n{START}",
            message="fi",
        ),
        Bad(
            f"FROM debian:bookworm\nRUN echo '#!/bin/sh' > /start.sh && «echo 'python3 /setup.py'» && echo 'exec sleep 9' >> /start.sh && chmod +x /start.sh\n{START}",
            message="printed",
        ),
    ),
    good=(
        Good(
            f"FROM debian:bookworm\nRUN echo '#!/bin/bash' > /start.sh && echo 'if [ ! -d \"/models\" ]; then exit 1; fi' >> /start.sh && chmod +x /start.sh\n{START}"
        ),
        Good(
            f'FROM debian:bookworm\nRUN echo "#!/bin/bash" > /start.sh && echo "cd \\"/models\\"" >> /start.sh && chmod +x /start.sh\n{START}',
            why="in double quotes the shell removes the backslashes",
        ),
        Good(
            "FROM debian:bookworm\nRUN echo 'echo started' > /start.sh && chmod +x /start.sh\nCMD /start.sh\n",
            why="a shell runs a file without #! itself",
        ),
        Good('FROM debian:bookworm\nRUN echo \'echo started\' > /start.sh\nCMD ["bash", "/start.sh"]\n'),
        Good(
            "FROM debian:bookworm\nRUN echo '#!/bin/sh' > /start.sh && echo 'Writing the script' && echo 'exec sleep 9' >> /start.sh && chmod +x /start.sh\n"
            + START,
            why="a message for the log",
        ),
        Good(
            f"FROM debian:bookworm\nRUN printf '#!/bin/sh\\necho \\\\\"hi\\\\\"\\n' > /start.sh && chmod +x /start.sh\n{START}",
            why="echo may print quotes",
        ),
        Good(
            f"FROM debian:bookworm\nCOPY --chmod=755 <<'EOF' /start.sh\n#!/bin/sh\nif true; then\n  echo hi\nfi\nEOF\n{START}"
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    r"""A script that a RUN or a COPY heredoc writes, and that is run, is not what it should be.

    Files made by echo, printf, cat and heredocs are put together as the shell writes them and read as the script they are: `\"`
    inside single quotes stays a backslash and a quote, so that `[ -d \"/x\" ]` asks for a path with quotes in it; an `echo` without
    `>> file` in the middle of a chain only prints; a script that is started in the exec form needs a `#!` line and the right to be executed.
    """
    for script, faults in facts.generated_scripts:
        first = faults[0]
        others = tuple(Note(fault.place, "here as well") for fault in faults[1:4] if fault.is_literal_quote)
        yield Finding(
            first.place,
            first.message,
            notes=(*others, Note(script.place, "run here")) if first.place != script.place else others,
            certainty=Certainty.SURE if first.is_certain else Certainty.MAYBE,
        )
    for step in facts.instructions("RUN"):
        for place in facts.lost_echoes(step):
            yield Finding(
                place,
                "this line is printed during the build and not written to the file that the lines around it go to",
                advice="append it: `>> file`",
            )
