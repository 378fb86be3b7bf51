"""DFG104: `python -c` code whose first statement is indented."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Severity, rule


@rule(
    "DFG104",
    "python-leading-indent",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://docs.python.org/3/using/cmdline.html#cmdoption-c",
        "https://docs.python.org/3/whatsnew/3.14.html",
    ),
    bad=(
        Bad(
            'FROM python:3.11\nRUN python -c «" »import os; print(os.getcwd())"\n'.replace('«" »', '"« »'),
            fixed='FROM python:3.11\nRUN python -c "import os; print(os.getcwd())"\n',
        ),
        Bad(
            "FROM python:3.12-slim\nRUN python3 -c '\\\n«    »import os; \\\n    print(1)'\n",
            fixed="FROM python:3.12-slim\nRUN python3 -c '\\\nimport os; \\\n    print(1)'\n",
        ),
        Bad(
            "FROM python:3.11\nRUN python - <<'PY'\n«  »import os\n  print(os.sep)\nPY\n",
            fixed="FROM python:3.11\nRUN python - <<'PY'\nimport os\nprint(os.sep)\nPY\n",
        ),
        Bad(
            "FROM someone/image\nRUN python -c '«  »print(1)'\n",
            fixed="FROM someone/image\nRUN python -c 'print(1)'\n",
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good('FROM python:3.11\nRUN python -c "print(1)"\n'),
        Good("FROM python:3.14\nRUN python -c '  print(1)'\n", why="3.14 takes the indentation away"),
        Good(
            "FROM python:3.11\nRUN python3 - <<-PY\n\t\timport os\n\t\tprint(1)\n\tPY\n",
            why="the shell removes leading tabs",
        ),
        Good(
            "FROM python:3.11\nRUN python -c '\\\nimport os; \\\n    print(1)'\n", why="only the first counts"
        ),
        Good("FROM python:3.11\nRUN python -c '\n'\n", why="no code"),
        Good("FROM python:3.11\nRUN cat <<EOF > /notes.txt\n  import os\nEOF\n", why="not Python"),
        Good('FROM python:3.11\nRUN python -c "   # a remark"\n', why="a comment may stand anywhere"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The first statement of Python code in the Dockerfile is indented.

    Python reports `IndentationError: unexpected indent`. Only `python -c` of 3.14 and later takes away what all lines share;
    code from a heredoc or a pipe must begin at the margin in every version. Where the version is not known the finding about `-c` is a maybe.
    """
    for code in facts.run_code:
        snippet = code.snippet
        fault = facts.fault(snippet) if snippet else None
        if snippet is None or fault is None or not fault.is_indent or fault.is_flattened:
            continue
        is_dash_c = snippet.form.value == "python -c"
        if is_dash_c and code.version is not None and code.version >= (3, 14):
            continue
        blank = len(snippet.code.value) - len(snippet.code.value.lstrip())
        start = max(snippet.code.value.rfind("\n", 0, blank) + 1, 0)
        yield Finding(
            snippet.code.place(start, blank),
            "the first statement is indented: Python stops with an IndentationError",
            fix=facts.repaired(snippet, fault),
            certainty=Certainty.SURE if code.version is not None or not is_dash_c else Certainty.MAYBE,
            advice="begin the code at the margin",
        )
