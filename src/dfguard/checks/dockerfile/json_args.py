"""DFG924: CMD, ENTRYPOINT or HEALTHCHECK CMD as text for a shell."""

from collections.abc import Iterator

from dfguard.checks.api import (
    Aspect,
    Bad,
    Certainty,
    Edit,
    Facts,
    Finding,
    Fix,
    Good,
    Place,
    Severity,
    Site,
    rule,
)

BUILTINS = (
    ". : alias bg break cd command continue declare eval exec exit export fg getopts hash jobs let local popd pushd "
    "read readonly return set shift shopt source times trap type typeset ulimit umask unalias unset wait"
)
"""Commands of the shell itself, of which no program is sure to exist."""
SPECIAL = frozenset("$`\"'\\|&;<>()*?[]{}~#=!\n")


@rule(
    "DFG924",
    "json-args",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3025", "JSONArgsRecommended"),
    sources=(
        "https://docs.docker.com/reference/build-checks/json-args-recommended/",
        "https://github.com/hadolint/hadolint/wiki/DL3025",
    ),
    differs=(
        "a stage that sets SHELL chose its shell: BuildKit and dfguard then say nothing about CMD and ENTRYPOINT, hadolint "
        "does. `exec server` passes signals on, and a HEALTHCHECK gets none: only the profiles hadolint and buildkit report "
        "the former, and only the profile hadolint the latter."
    ),
    bad=(
        Bad(
            "FROM debian:12\nCMD «python app.py --port 80»\n",
            fixed='FROM debian:12\nCMD ["python", "app.py", "--port", "80"]\n',
        ),
        Bad("FROM debian:12\nCMD «./migrate && server»\n", message="pass signals on"),
        Bad("FROM debian:12\nCMD «exec > /log; server»\n"),
        Bad("FROM debian:12\nCMD «(exec server)»\n"),
        *(
            Bad('FROM debian:12\nENTRYPOINT «exec app "$@"»\n', options={"profile": profile})
            for profile in ("hadolint", "buildkit")
        ),
        Bad(
            "FROM debian:12\nCMD «exec app --port 80»\n",
            fixed='FROM debian:12\nCMD ["app", "--port", "80"]\n',
            options={"profile": "hadolint"},
        ),
        Bad(
            "FROM some/image\nCMD «server run»\n",
            fixed='FROM some/image\nCMD ["server", "run"]\n',
            certainty_is_maybe=True,
        ),
        Bad('FROM debian:12\nENTRYPOINT «app run»\nCMD ["--port", "80"]\n'),
        Bad("FROM debian:12\nCMD «ulimit -n 100»\n", message="run by a shell"),
        Bad(
            "FROM debian:12\nHEALTHCHECK --interval=5s CMD «curl -f http://localhost || exit 1»\n",
            options={"profile": "hadolint"},
        ),
        Bad("FROM debian:12\nHEALTHCHECK CMD «[\"curl\", 'x']»\n", message="not valid JSON"),
        Bad("FROM debian:12\nCMD «[\"a\", 'b']»\n", message="not valid JSON"),
        Bad("FROM debian:12\n«CMD»\n", message="says nothing"),
    ),
    good=(
        Good('FROM debian:12\nCMD ["python", "app.py"]\n'),
        Good('FROM debian:12\nSHELL ["/bin/bash", "-c"]\nCMD echo $HOME\n', why="the shell is chosen"),
        Good('FROM debian:12 AS a\nSHELL ["/bin/bash", "-c"]\nFROM a\nENTRYPOINT run\n', why="chosen below"),
        *(
            Good(f"FROM debian:12\nCMD {command}\n", why="the shell gives way to the program")
            for command in (
                "exec server --port ${PORT:-80}",
                "./migrate && exec server",
                "set -e; . ./env; exec server",
                "PORT=80 exec server",
                'if [ -n "$A" ]; then exec a; else exec b; fi',
            )
        ),
        Good("FROM debian:12\nENTRYPOINT exec top -b\n"),
        Good(
            "FROM alpine:3.22\nCMD ./migrate && server\n", why="the shell of busybox becomes the last program"
        ),
        Good(
            "FROM debian:12\nHEALTHCHECK --interval=5s CMD curl -f http://localhost || exit 1\n",
            why="it gets no signals",
        ),
        Good(
            "FROM debian:12\nHEALTHCHECK --interval=5s CMD curl -f http://localhost || exit 1\n",
            options={"profile": "buildkit"},
        ),
        Good("FROM debian:12\nHEALTHCHECK NONE\n"),
        Good('FROM debian:12\nHEALTHCHECK CMD ["curl", "-f", "http://localhost"]\n'),
        Good("FROM debian:12\nONBUILD CMD run me\n", why="another image decides"),
        Good('FROM debian:12\nENTRYPOINT ["app", "--port", "80"]\n'),
        Good('FROM debian:12\nENTRYPOINT ["app"]\nCMD ["--port", "80"]\n'),
        Good('FROM debian:12\nCMD ["sh", "-c", "ulimit -n 100 && exec app"]\n'),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """CMD or ENTRYPOINT is text for a shell.

    The shell becomes process 1 and does not pass signals on, so that the container does not stop when it is asked
    to. The JSON form starts the program itself, and so does `exec` in front of the last command. The shell of busybox
    (alpine) becomes the last program by itself, that of Debian and Ubuntu does not; of an unknown image the finding is
    uncertain.
    """
    for site in facts.outline.of("CMD", "ENTRYPOINT", "HEALTHCHECK"):
        instruction = site.instruction
        text = instruction.rest
        if instruction.keyword == "HEALTHCHECK":
            words = instruction.arguments
            if len(words) < 2 or instruction.is_json or words[0].value.upper() != "CMD":
                continue
            text = words[1]
        elif instruction.is_json or site.is_shell_set:
            continue
        if not text.value:
            yield Finding(
                instruction.place,
                f"{instruction.keyword} says nothing: an empty text is run by a shell",
                severity=Severity.WARNING,
            )
            continue
        place = text.place()
        if text.value.startswith("["):
            message = (
                f"{instruction.keyword} looks like JSON but is not valid JSON: a shell runs it as it stands"
            )
            yield Finding(
                place,
                message,
                severity=Severity.WARNING,
                advice="use double quotes and commas between the words",
            )
        elif _is_meant(facts, site):
            is_check = instruction.keyword == "HEALTHCHECK"
            why = "" if is_check else ", which does not pass signals on"
            yield Finding(
                place,
                f"{instruction.keyword} is run by a shell{why}",
                fix=None if _is_completed(facts, site) else _fix(place),
                severity=Severity.INFO if is_check else None,
                certainty=_certainty(facts, site),
                advice="use the JSON form"
                if is_check
                else "use the JSON form, or exec in front of the last command",
            )


def _is_completed(facts: Facts, site: Site) -> bool:
    """Whether it is an ENTRYPOINT with a CMD beside it, whose words it would get in the JSON form only."""
    return site.instruction.keyword == "ENTRYPOINT" and any(
        other.section in site.section.chain for other in facts.outline.of("CMD")
    )


def _is_meant(facts: Facts, site: Site) -> bool:
    """Whether signals are lost, or the tool that is imitated does not ask."""
    if site.instruction.keyword == "HEALTHCHECK":
        return facts.imitates("hadolint")
    if _imitates(facts):
        return True
    gives_way = facts.gives_way(facts.step_of(site.instruction))
    return not gives_way and not facts.outline.hands_over(site)


def _certainty(facts: Facts, site: Site) -> Certainty:
    """Sure where the shell is known to stay: that of an unknown image may become the program."""
    is_known = facts.gives_way(facts.step_of(site.instruction)) is False
    is_sure = is_known or _imitates(facts) or site.instruction.keyword == "HEALTHCHECK"
    return Certainty.SURE if is_sure else Certainty.MAYBE


def _imitates(facts: Facts) -> bool:
    return facts.imitates("hadolint") or facts.imitates("buildkit")


def _fix(place: Place) -> Fix | None:
    """Words that no shell would change can be written as JSON; what only a shell can do cannot."""
    if SPECIAL & frozenset(place.text):
        return None
    named = place.text.split()
    if named[0] == "exec" and len(named) > 1 and not named[1].startswith("-"):
        del named[0]
    if named[0] in BUILTINS.split():
        return None
    words = ", ".join(f'"{word}"' for word in named)
    return Fix(
        "write it in the JSON form", (Edit(place, f"[{words}]"),), is_safe=False, changes=(Aspect.PROCESS,)
    )
