"""DFG101: a compound statement joined with semicolons where the grammar needs a new line."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, rule

LAYOUT = (
    'FROM python:3.11\nRUN python -c "import sys; \\\n«try:» \\\n    import torch; \\\n'
    'except ImportError: \\\n    sys.exit(1)"\n'
)


@rule(
    "DFG101",
    "flattened-compound-statement",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://docs.python.org/3/reference/compound_stmts.html",
        "https://docs.docker.com/reference/dockerfile/#continuation-character",
    ),
    bad=(
        Bad(
            'FROM python:3.11\nRUN python -c "import torch; «try:» torch.zeros(1); except Exception: pass"\n',
            fixed="FROM python:3.11\nRUN python - <<'PY'\nimport torch\ntry:\n    torch.zeros(1)\nexcept Exception:\n    pass\nPY\n",
        ),
        Bad(
            "FROM python:3.11\nRUN python3 -c 'x = 1; «for i in range(3):» print(i)'\n",
            fixed="FROM python:3.11\nRUN python3 - <<'PY'\nx = 1\nfor i in range(3):\n    print(i)\nPY\n",
        ),
        Bad(
            "FROM python:3.11\nRUN cd /app && python -c \"import os; «if os.path.exists('/a'):» print(1)\" && echo ok\n",
            fixed="FROM python:3.11\nRUN cd /app && python - <<'PY' && echo ok\nimport os\nif os.path.exists('/a'):\n    print(1)\nPY\n",
        ),
        Bad(
            LAYOUT,
            fixed="FROM python:3.11\nRUN python - <<'PY'\nimport sys\ntry:\n    import torch\nexcept ImportError:\n    sys.exit(1)\nPY\n",
        ),
        Bad(
            'FROM python:3.11\nCMD ["python", "-c", "a = 1; «with open(\'/x\') as f:» print(f.read())"]\n',
            fixed='FROM python:3.11\nCMD ["python", "-c", "a = 1\\nwith open(\'/x\') as f:\\n    print(f.read())"]\n',
        ),
    ),
    good=(
        Good(
            'FROM python:3.11\nRUN python -c "for x in [1, 2]: print(x); print(x)"\n',
            why="a simple body may follow",
        ),
        Good("FROM python:3.11\nRUN python -c \"print('try: a; except: b')\"\n", why="inside a string"),
        Good(
            "FROM python:3.11\nRUN python - <<'PY'\nimport torch\ntry:\n    torch.zeros(1)\nexcept Exception:\n    raise\nPY\n"
        ),
        Good('FROM python:3.11\nRUN python -c "f = lambda x: x; d = {1: 2}; print(d[0:1] if 0 else f(1))"\n'),
        Good(
            'FROM python:3.11\nRUN python -c $\'try:\\n  import a\\nexcept ImportError:\\n  pass\'\nSHELL ["/bin/bash", "-c"]\n',
            why="new lines made by the shell",
        ),
        Good("FROM python:3.11\nRUN echo 'import a; try: b'\n", why="not run by Python"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A compound statement is flattened into one line with semicolons.

    `try`, `for`, `while`, `if`, `with`, `def` and `class` must begin a logical line: behind a semicolon, or behind
    another header on the same line, Python reports a SyntaxError. Backslashes at the line ends do not help: Docker joins
    the lines before the shell and Python see them. A quoted heredoc keeps the lines.
    """
    for snippet in facts.python_code:
        fault = facts.fault(snippet)
        if fault is None or not fault.is_flattened or fault.header is None:
            continue
        start, end = fault.header
        header = snippet.code.value[start:end].strip()
        yield Finding(
            snippet.code.place(start, end),
            f"`{header}` follows on the same line, where Python allows no compound statement: the command fails",
            notes=(Note(snippet.command, "the command that runs it"),),
            fix=facts.repaired(snippet, fault),
            advice="write the code in a quoted heredoc, one statement per line",
        )
