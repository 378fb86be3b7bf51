"""DFG501: a Python file of the image that does not compile."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Place, Severity, Span, rule

START = "COPY handler.py /app/\nWORKDIR /app\n"
RUN = 'CMD ["python", "handler.py"]\n'


@rule(
    "DFG501",
    "handler-does-not-compile",
    Severity.ERROR,
    since="0.1.0",
    sources=("https://docs.python.org/3/reference/grammar.html",),
    bad=(
        Bad(
            f"FROM python:3.11\n{START}{RUN}",
            files={"handler.py": "def handler(job):\n    return f(«(»1\n"},
            message="never closed",
        ),
        Bad(
            f"FROM python:3.11\nCOPY . /app\nWORKDIR /app\n{RUN}",
            files={"handler.py": "import model\n", "model.py": "try:\n    a = 1\n«b» = 2\n"},
        ),
        Bad(
            "FROM python:3.11\nCOPY fetch.py /\nRUN python /fetch.py\n",
            files={"fetch.py": "import os\nx = = 1\n".replace("= =", "= «=»")},
        ),
        Bad(
            f"FROM python:3.11\nCOPY setup_env.py /app/\n{START}{RUN}",
            files={"handler.py": "print(1)\n", "setup_env.py": "x = «'»abc\n"},
            message="setup_env.py",
        ),
        Bad(
            f"FROM python:3.11\n{START}{RUN}",
            files={"handler.py": "import os\nname = '«\0»'\n"},
            message="a null byte",
        ),
        Bad(
            f"FROM python:3.11\n{START}{RUN}",
            files={"handler.py": "import os\nname = '«\udce9»t\udce9'\n"},
            message="not utf-8",
        ),
        Bad(
            'FROM someone/base\nCOPY old.py /\nCMD ["python", "/old.py"]\n',
            files={"old.py": "«p»rint 'hello'\n"},
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good(f"FROM python:3.11\n{START}{RUN}", files={"handler.py": "def handler(job):\n    return 1\n"}),
        Good(
            f"FROM python:3.11\nCOPY . /app\nWORKDIR /app\n{RUN}",
            files={"handler.py": "print(1)\n", "tests/broken.py": "def (\n"},
            why="nothing runs it",
        ),
        Good(
            "FROM python:3.11\nCOPY fetch.py /\nRUN python /fetch.py || true\n",
            files={"fetch.py": "import os\n"},
        ),
        Good(
            f"FROM python:3.11\n{START}{RUN}",
            files={"handler.py": "# -*- coding: latin-1 -*-\nname = '\udce9t\udce9'\n"},
            why="the file says which encoding it has",
        ),
        Good("FROM python:2.7\nCOPY old.py /\nRUN python2 /old.py\n", files={"old.py": "print 'hello'\n"}),
        Good(
            "FROM python:3.11\nRUN python - <<'PY'\ndef (\nPY\n",
            why="Python in the Dockerfile itself is DFG102",
        ),
        Good(
            "FROM python:3.9\nCOPY new.py /\nRUN python /new.py\n",
            files={"new.py": "match 1:\n    case 1: pass\n"},
            why="too new for its Python: DFG106",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A Python file that the build or the process runs or imports does not compile.

    The build says nothing of a handler with a syntax error: the container stops at its first start. Every file that is run, or
    imported by one that is run, is compiled, and every file that a COPY names by itself. The place is in the Python file; the notes lead there from the
    Dockerfile.
    """
    seen: set[str] = set()
    for code in (*facts.run_code, *facts.copied_code):
        path = code.program.source.path
        if not facts.is_whole_file(code) or path in seen:
            continue
        fault = facts.fault_in_file(code.program)
        if fault is None or fault.required is not None:
            continue
        seen.add(path)
        if fault.is_python2 and code.version is not None and code.version < (3, 0):
            continue
        is_sure = not fault.is_python2 or (code.version is not None and code.version >= (3, 0))
        source = code.program.source
        end = min(fault.index + 1, len(source.text))
        what = "is run" if code.is_run else "is in the image"
        yield Finding(
            Place(source, Span(min(fault.index, end), end)),
            f"Python cannot compile {path}, which {what}: {fault.message}",
            notes=tuple(Note(place, "run here" if code.is_run else "copied here") for place in code.proof),
            certainty=Certainty.SURE if is_sure else Certainty.MAYBE,
        )
