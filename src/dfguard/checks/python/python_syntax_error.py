"""DFG102: Python text that does not compile."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, rule


@rule(
    "DFG102",
    "python-syntax-error",
    Severity.ERROR,
    since="0.1.0",
    sources=("https://docs.python.org/3/reference/grammar.html",),
    bad=(
        Bad('FROM python:3.11\nRUN python -c "print(«\'»unclosed)"\n', message="unterminated"),
        Bad("FROM python:3.11\nRUN python3 - <<'PY'\nimport os\ndef «(»:\n    pass\nPY\n"),
        Bad(
            'FROM python:3.11\nRUN python -c "import a«\\»nimport b"\n',
            fixed="FROM python:3.11\nRUN python - <<'PY'\nimport a\nimport b\nPY\n",
        ),
        Bad("FROM python:3.11\nRUN <<EOF python3\nx = = 1\nEOF\n".replace("= = 1", "= «=» 1")),
        Bad(
            "FROM python:3.11\nCOPY <<EOF /app/x.py\nprint(1«))»\nEOF\nRUN python /app/x.py\n".replace(
                "1«))»", "1)«)»"
            )
        ),
        Bad(
            'FROM python:3.11\nCOPY start.sh /\nCMD ["bash", "/start.sh"]\n',
            files={
                "start.sh": 'python3 -c "\nhome = None\nprint(«f»\'in {home or "the default"}\')\n"\nexec python3 /app.py\n'
            },
        ),
        Bad(
            "FROM python:3.11\nCOPY get.sh /\nRUN sh /get.sh\n",
            files={"get.sh": "python3 - <<'PY'\ndef get(«:»\nPY\n"},
        ),
    ),
    good=(
        Good(
            'FROM python:3.11\nCOPY start.sh /\nCMD ["bash", "/start.sh"]\n',
            files={
                "start.sh": "python3 -c \"\nhome = None\nprint(f'in {home or 1}')\n\"\ncat <<EOF > /notes.py.txt\ndef (\nEOF\n"
            },
        ),
        Good(
            'FROM python:3.11\nCOPY start.sh other.sh /\nCMD ["bash", "/start.sh"]\n',
            files={"start.sh": "exec python3 /app.py\n", "other.sh": "python3 -c 'def ('\n"},
            why="nothing runs it",
        ),
        Good('FROM python:3.11\nRUN python -c "import torch; print(torch.__version__)"\n'),
        Good('FROM python:3.11\nARG N=3\nRUN python -c "print($N)"\n', why="the shell fills a hole"),
        Good("FROM python:3.11\nRUN python -c 'print(\"a\\nb\")'\n", why="an escape inside a string"),
        Good("FROM python:3.11\nRUN python -m pip install x && python /app/run.py\n"),
        Good("FROM python:3.11\nRUN cat <<EOF > /app/notes.txt\ndef (\nEOF\n", why="not Python"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Python code in the Dockerfile, or in a shell script that build or process run, does not compile.

    The text is taken exactly as Python will get it: after Docker joined the lines and the shell removed quotes and
    escapes. The place is where the Python compiler stops, mapped back into the file. A flattened compound
    statement is reported as DFG101 instead, indentation as DFG104, and nothing is blamed on text that the shell fills in.
    """
    for snippet in facts.python_code:
        fault = facts.fault(snippet)
        if fault is None or fault.is_flattened or fault.is_indent:
            continue
        end = min(fault.index + 1, len(snippet.code.value))
        yield Finding(
            snippet.code.place(min(fault.index, end), end),
            f"Python cannot compile this: {fault.message}",
            notes=(Note(snippet.command, "the command that runs it"),),
            fix=facts.repaired(snippet, fault),
        )
