"""DFG508: a copied shell script that cannot be run."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule

START = 'COPY start.sh /\nRUN chmod +x /start.sh\nCMD ["/start.sh"]\n'


@rule(
    "DFG508",
    "shell-script-error",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html",
        "https://man7.org/linux/man-pages/man2/execve.2.html",
    ),
    bad=(
        Bad(
            f"FROM debian:bookworm\n{START}",
            files={"start.sh": "#!/bin/bash\nset -e\n«if» [ -f /x ]; then\n  echo yes\n"},
            message="fi",
        ),
        Bad(
            f"FROM debian:bookworm\n{START}",
            files={"start.sh": "#!/bin/bash«\r»\necho hi\r\n"},
            message="carriage return",
        ),
        Bad(
            "FROM debian:bookworm\nCOPY setup.sh /\nRUN bash /setup.sh\n",
            files={"setup.sh": 'echo «"»never closed\n'},
            message="closed",
        ),
        Bad(
            f"FROM debian:bookworm\n{START}".replace('"/start.sh"', '"«/start.sh»"'),
            files={"start.sh": "echo hi\n"},
            message="#!",
        ),
        Bad(
            'FROM debian:bookworm\nCOPY --chmod=640 start.sh /\nCMD ["«/start.sh»"]\n',
            files={"start.sh": "#!/bin/sh\necho hi\n"},
            message="not executable",
        ),
    ),
    good=(
        Good(
            f"FROM debian:bookworm\n{START}",
            files={"start.sh": "#!/bin/bash\nif true; then\n  echo yes\nfi\n"},
        ),
        Good(
            'FROM debian:bookworm\nCOPY start.sh /\nCMD ["bash", "/start.sh"]\n',
            files={"start.sh": "echo hi\n"},
            why="the shell reads it: no #! and no right to execute is needed",
        ),
        Good(
            "FROM debian:bookworm\nCOPY setup.sh /\nRUN echo 1\n",
            files={"setup.sh": "if then\n"},
            why="nothing runs it",
        ),
        Good(
            f"FROM debian:bookworm\n{START}",
            files={"start.sh": "#!/usr/bin/env python3\nprint('if')\n"},
            why="not a shell script",
        ),
        Good(
            f"FROM debian:bookworm\n{START}",
            files={
                "start.sh": "#!/bin/bash\ncase $1 in\n  a) echo a ;;\n  *) cat <<EOF\nif\nEOF\n  ;;\nesac\n"
            },
        ),
        Good(
            "FROM debian:bookworm\nCOPY start.sh /\nRUN sed -i 's/\\r$//' /start.sh && chmod +x /start.sh\nCMD [\"/start.sh\"]\n",
            files={"start.sh": "#!/bin/bash\r\necho hi\r\n"},
            why="the carriage returns are taken out",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A shell script from the build context, which the build or the process runs, cannot run.

    Its quotes or compound commands do not close, its lines end in carriage returns, so that the kernel looks for an interpreter
    named `/bin/bash` and a carriage return, it has no `#!` line where no shell starts it, or it is not executable.
    """
    for script, faults in facts.copied_scripts:
        first = faults[0]
        notes = (Note(script.place, "run here"),) if first.place != script.place else ()
        yield Finding(
            first.place,
            first.message,
            notes=notes,
            certainty=Certainty.SURE if first.is_certain else Certainty.MAYBE,
        )
