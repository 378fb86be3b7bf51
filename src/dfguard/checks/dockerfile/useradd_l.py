"""DFG943: useradd with a high number and no -l."""

from collections.abc import Iterator

from dfguard.checks.api import Aspect, Bad, Facts, Finding, Fix, Good, Severity, is_number, rule

LONGEST = 5


@rule(
    "DFG943",
    "useradd-l",
    Severity.WARNING,
    since="0.1.0",
    aliases=("DL3046",),
    sources=(
        "https://github.com/hadolint/hadolint/wiki/DL3046",
        "https://docs.docker.com/build/building/best-practices/#user",
    ),
    differs="the long form `--uid=NUMBER` is read, too, and a user id that is no number is not judged by its length.",
    bad=(
        Bad(
            "FROM debian:12\nRUN «useradd» -u 123456 app\n",
            fixed="FROM debian:12\nRUN useradd -l -u 123456 app\n",
        ),
        Bad(
            "FROM debian:12\nRUN «useradd» --uid=1000000 -m app\n",
            fixed="FROM debian:12\nRUN useradd -l --uid=1000000 -m app\n",
        ),
        Bad(
            'FROM debian:12\nRUN ["«/usr/sbin/useradd»", "-u", "123456", "app"]\n',
            fixed='FROM debian:12\nRUN ["/usr/sbin/useradd", "-l", "-u", "123456", "app"]\n',
        ),
    ),
    good=(
        Good("FROM debian:12\nRUN useradd -l -u 123456 app\n"),
        Good("FROM debian:12\nRUN useradd --no-log-init -u 123456 app\n"),
        Good("FROM debian:12\nRUN useradd -u 1000 app\n"),
        Good("FROM debian:12\nRUN useradd -u ${USER_IDENTIFIER} app\n", why="nobody can tell"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A user with a high number is made together with its log entries.

    /var/log/lastlog and faillog have a record for every number below; with a high one they become sparse files of
    gigabytes, which the layer stores in full. `-l` leaves the log alone.
    """
    for _, call in facts.outline.calls("useradd"):
        if call.has_flag("l", "no-log-init"):
            continue
        number = call.option("-u", "--uid") or ""
        if len(number) > LONGEST and is_number(number):
            edit = call.with_words(call.place, "-l")
            fix = Fix("add -l", (edit,), is_safe=True, changes=(Aspect.COMMANDS,)) if edit else None
            yield Finding(call.place, f"the user id {number} makes the log of logins very large", fix=fix)
