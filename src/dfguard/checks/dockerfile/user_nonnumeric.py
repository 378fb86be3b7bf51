"""DFG963: USER with a name."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Severity, is_number, known, rule


@rule(
    "DFG963",
    "user-nonnumeric",
    Severity.INFO,
    since="0.1.0",
    aliases=("DL3066",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3066",
        "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
    ),
    differs="a variable is replaced first; one that nobody can tell is not reported.",
    bad=(
        Bad("FROM debian:12\nUSER «app»\n"),
        Bad("FROM debian:12\nENV WHO=app\nUSER «$WHO:100»\n"),
    ),
    good=(
        Good("FROM debian:12\nUSER 1000\n"),
        Good("FROM debian:12\nUSER 1000:app\n", why="only the user counts"),
        Good("FROM debian:12\nARG USER_ID\nUSER $USER_ID\n", why="nobody can tell"),
        Good("FROM debian:12\nARG USER_ID=1000\nUSER ${USER_ID}\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """USER names a user instead of giving the number.

    What runs the container cannot always look the name up; Kubernetes' `runAsNonRoot` refuses a name because it
    might be root's.
    """
    for site in facts.outline.of("USER"):
        user = known(facts.outline.value(site, site.instruction.rest))
        if user and not is_number(user.partition(":")[0]):
            yield Finding(
                site.instruction.rest.place(), f"the user {user.partition(':')[0]} is a name, not a number"
            )
