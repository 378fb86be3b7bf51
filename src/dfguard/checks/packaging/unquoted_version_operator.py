"""DFG701: a version bound that the shell takes for a redirection."""

from collections.abc import Iterator

from dfguard.checks.api import Aspect, Bad, Edit, Facts, Finding, Fix, Good, Severity, rule


@rule(
    "DFG701",
    "unquoted-version-operator",
    Severity.WARNING,
    since="0.1.0",
    covers=("DFG217",),
    sources=(
        "https://pip.pypa.io/en/stable/cli/pip_install/ (quote requirements with > or <)",
        "https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_07",
    ),
    bad=(
        Bad(
            "FROM python:3.12\nRUN pip install «transformers>=4.41» torch\n",
            fixed='FROM python:3.12\nRUN pip install "transformers>=4.41" torch\n',
            message="writes a file named =4.41",
        ),
        Bad(
            "FROM python:3.12\nRUN python3 -m pip install -U «numpy<2»\n",
            fixed='FROM python:3.12\nRUN python3 -m pip install -U "numpy<2"\n',
            message="reads a file named 2",
        ),
        Bad(
            "FROM python:3.12\nRUN pip install \\\n    «a[x]>=1,<2» \\\n    «b>=3»\n",
            fixed='FROM python:3.12\nRUN pip install \\\n    "a[x]>=1,<2" \\\n    "b>=3"\n',
        ),
        Bad('FROM python:3.12\nRUN bash -c "pip install «a>=1»"\n'),
        Bad('FROM python:3.12\nRUN ["sh", "-c", "pip install «a>=1»"]\n'),
        Bad("FROM python:3.12\nRUN uv pip install --system «a >=1»\n"),
    ),
    good=(
        Good("FROM python:3.12\nRUN pip install \"a>=1\" 'b<2' c\\>=3 d==4\n"),
        Good(
            "FROM python:3.12\nRUN pip install a > log.txt 2>&1 && pip install b >/dev/null\n",
            why="meant as redirections",
        ),
        Good("FROM python:3.12\nRUN pip install -r r.txt >install.log\n", why="a log"),
        Good('FROM python:3.12\nRUN ["pip", "install", "a>=1"]\n', why="no shell"),
        Good("FROM python:3.12\nRUN bash -c \"pip install 'a>=1'\"\n"),
        Good("FROM python:3.12\nRUN pip freeze>=x && echo a>=1\n", why="no install"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The shell takes a version bound for a redirection.

    `pip install a>=1` installs any version of a, and writes pip's output into a file named `=1`. `pip install a<2` reads
    the file `2`, which does not exist, so that the RUN fails. Put the requirement into quotes.
    """
    for found in facts.unquoted_versions:
        if found.reads:
            message = f"the shell reads a file named {found.file} here, which does not exist"
        else:
            message = (
                f"the shell writes a file named {found.file} here, and {found.name} has no version bound"
            )
        fix = None
        if found.can_be_quoted:
            fix = Fix(
                "put it into quotes",
                (Edit(found.place, f'"{found.place.text}"'),),
                is_safe=True,
                changes=(Aspect.COMMANDS,),
            )
        yield Finding(
            found.place,
            message,
            fix=fix,
            severity=Severity.ERROR if found.reads else None,
            advice=None if fix else "put the requirement into quotes",
        )
