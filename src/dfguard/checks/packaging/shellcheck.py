"""DFG7SC: what ShellCheck says of the shell text."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Place, Severity, Span, rule

LEVELS = {"error": Severity.ERROR, "warning": Severity.WARNING}


@rule(
    "DFG7SC",
    "shellcheck",
    Severity.INFO,
    since="0.1.0",
    sources=("https://www.shellcheck.net/wiki/", "https://github.com/koalaman/shellcheck"),
    is_default=False,
    bad=(
        Bad("FROM debian:12\nRUN for f in *; do touch «$f»; done\n", message="double quote"),
        Bad(
            'FROM debian:12\nRUN <<EOF\nfor f in «$(ls)»; do\n  echo "$f"\ndone\nEOF\n',
            message="iterating over ls",
        ),
        Bad(
            'FROM debian:12\nCOPY start.sh /\nCMD ["bash", "/start.sh"]\n',
            files={"start.sh": "#!/bin/bash\n«cd /app»\nls\n"},
            message="cd",
        ),
        Bad(
            'FROM debian:12\nRUN [ "$HOME" «==» /root ] && echo 1\n', message="== in place of = is undefined"
        ),
    ),
    good=(
        Good('FROM debian:12\nARG NAME\nRUN touch "$NAME"\n'),
        Good(
            'FROM debian:12\nSHELL ["/bin/bash", "-c"]\nRUN [ "$HOME" == /root ] && echo 1\n',
            why="bash knows ==",
        ),
        Good(
            "FROM debian:12\n# hadolint shell=bash\nRUN [[ -d /x ]] && echo 1\n",
            why="hadolint is told the shell",
        ),
        Good(
            'FROM mcr.microsoft.com/windows/servercore:ltsc2022\nSHELL ["powershell", "-Command"]\nRUN $x = 1; Write-Host $x\n',
            why="not a shell that ShellCheck reads",
        ),
        Good(
            '# escape=`\nFROM example.com/team/tools:2\nRUN if (Test-Path "$env:TEMP/a") { Remove-Item a }\n',
            why="the escape of Windows, and an image that may bring a shell of its own",
        ),
        Good(
            'FROM example.com/team/tools:ltsc2022\nRUN if (Test-Path "$env:TEMP/a") { Remove-Item a }\n',
            why="the tag names a release of Windows Server",
        ),
        Good('FROM debian:12\nENV A=1\nRUN echo "$A"\n', why="ENV sets it"),
        Good("FROM debian:12\nRUN . /etc/profile\n", why="other files are not followed"),
        Good(
            "FROM debian:12\n# hadolint ignore=SC2086\nRUN touch $HOME\n",
            why="a code is suppressed by itself",
        ),
    ),
    differs="hadolint reports the line of the RUN, dfguard the line and column that ShellCheck means. hadolint reads RUN"
    " alone; dfguard also CMD, ENTRYPOINT, HEALTHCHECK, here-documents, and the scripts that the build or the process runs.",
)
def check(facts: Facts) -> Iterator[Finding]:
    """ShellCheck finds something in the shell text of the Dockerfile or in a script that is run.

    Findings carry ShellCheck's own codes (SC2086), which can be selected, ignored and suppressed one by one, and its
    severities; its wiki has a page for each. ShellCheck comes with `pip install "dockerfile-guard[shellcheck]"`, or is taken from
    PATH. It is on in the profiles `hadolint` and `strict`, and with `--select DFG7SC`. Variables of ARG and ENV are known to
    it, the shell is the one that SHELL, a `#!` line or `# hadolint shell=` names.
    """
    if not facts.has_shellcheck:
        place = Place(facts.source, Span(0, 0))
        yield Finding(place, 'ShellCheck is not installed: pip install "dockerfile-guard[shellcheck]"')
        return
    for problem in facts.shell_problems:
        message = problem.message.rstrip(".")
        yield Finding(
            problem.place,
            message[:1].lower() + message[1:] if message[1:2].islower() else message,
            severity=LEVELS.get(problem.level, Severity.INFO),
            code=problem.code,
        )
