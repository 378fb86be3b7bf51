"""DFG105: the shell takes something out of the Python before Python sees it."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule


@rule(
    "DFG105",
    "shell-expands-python",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_03",
        "https://docs.docker.com/reference/dockerfile/#here-documents",
    ),
    bad=(
        Bad(
            'FROM python:3.11\nRUN python -c "print(«"hello"»)"\n',
            message="hello",
        ),
        Bad("FROM python:3.11\nRUN python -c \"price = 3; print('«$price»')\"\n", message="$price"),
        Bad(
            "FROM python:3.11\nRUN python - <<EOF\nname = 'x'\nprint(f'«${name}»')\nEOF\n", message="${name}"
        ),
        Bad(
            "FROM someone/base\nRUN python -c \"print('«$MODEL»')\"\n",
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good("FROM python:3.11\nRUN python -c 'price = 3; print(\"$price\")'\n", why="single quotes"),
        Good(
            "FROM python:3.11\nARG MODEL=a/b\nRUN python -c \"print('$MODEL')\"\n",
            why="meant to be filled in",
        ),
        Good(
            "FROM python:3.11\nRUN for m in a b; do python -c \"print('$m')\"; done\n", why="the loop sets it"
        ),
        Good("FROM python:3.11\nRUN read v < /etc/hostname && python -c \"print('$v')\"\n"),
        Good("FROM python:3.11\nRUN python - <<'EOF'\nprint(f'${1}')\nEOF\n", why="a quoted delimiter"),
        Good('FROM python:3.11\nRUN python -c "print(\\"hello\\")"\n', why="escaped quotes reach Python"),
        Good('FROM python:3.11\nRUN python -c "print("1")"\n', why="a number without quotes is still Python"),
        Good(
            "FROM python:3.11\nRUN python -c \"import re; print(re.sub(r'\\d+$', '', 'a1'))\"\n",
            why="no name follows",
        ),
        Good("FROM python:3.11\nARG MODEL\nRUN python -c \"print('$MODEL')\"\n", why="a build argument"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The shell changes Python code that stands in double quotes or in an unquoted heredoc.

    `"print("hello")"` reaches Python as `print(hello)`, and `$name` as what the shell variable holds: nothing, when nothing
    sets it. Only what provably goes wrong is reported: a variable that no ARG, ENV or command sets, and quotes whose loss
    leaves an undefined name. Single quotes, or a heredoc with a quoted delimiter (`<<'PY'`), leave Python alone.
    """
    for step, snippet in facts.snippets:
        for taken in facts.taken_by_shell(step, snippet):
            if taken.is_quote:
                name = taken.text.strip('"')
                message = (
                    f"the shell removes these quotes: Python gets {name} as a name, and nothing defines it"
                )
            else:
                message = f"the shell replaces {taken.text} by nothing before Python sees it: no ARG, ENV or command sets it"
            yield Finding(
                taken.place,
                message,
                notes=(Note(snippet.command, "the command that runs it"),),
                certainty=Certainty.SURE if taken.is_certain else Certainty.MAYBE,
                advice="use single quotes around the code, or a heredoc with a quoted delimiter",
            )
