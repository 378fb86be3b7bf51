"""DFG106: syntax that the Python of that stage does not know yet."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Place, Severity, Span, rule

MATCH = "import runpod\nmatch 1:\n    case 1:\n        pass\nrunpod.serverless.start({'handler': print})\n"
MARKED = MATCH.replace("match", "«m»atch", 1)
START = 'COPY handler.py /\nCMD ["python", "/handler.py"]\n'


@rule(
    "DFG106",
    "python-too-new",
    Severity.ERROR,
    since="0.1.0",
    sources=("https://docs.python.org/3/whatsnew/index.html",),
    bad=(
        Bad(
            "FROM python:3.9\nRUN python - <<'PY'\n«m»atch 1:\n    case 1:\n        pass\nPY\n",
            message="3.10",
        ),
        Bad("FROM python:3.10-slim\nRUN python -c 'def f(*a, **k): return «a»[*a]'\n", message="3.11"),
        Bad(f"FROM python:3.9-slim\n{START}", files={"handler.py": MARKED}, message="python 3.9"),
    ),
    good=(
        Good("FROM python:3.10\nRUN python - <<'PY'\nmatch 1:\n    case 1:\n        pass\nPY\n"),
        Good(
            "FROM someone/base\nRUN python - <<'PY'\nmatch 1:\n    case 1:\n        pass\nPY\n",
            why="unknown Python",
        ),
        Good(
            "FROM python:3.9\nRUN python3.11 - <<'PY'\nmatch 1:\n    case 1:\n        pass\nPY\n",
            why="another one",
        ),
        Good(f"FROM python:3.12-slim\n{START}", files={"handler.py": MATCH}),
        Good("FROM python:3.8\nRUN python -c 'if (n := 3): print(f\"{n=}\")'\n"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """Python code uses syntax that is newer than the interpreter which runs it.

    `match` needs 3.10, `except*` 3.11, nested quotes in f-strings and `type X = ...` 3.12. The interpreter's version comes from
    the base image (`python:3.9`) or the command (`python3.8`); where it is not known nothing is said.
    """
    for code in facts.run_code:
        if code.version is None or code.version < (3, 0):
            continue
        fault = facts.fault_of_code(code)
        if fault is None or fault.required is None:
            continue
        version = ".".join(map(str, code.version))
        if code.snippet:
            place = code.snippet.code.place(fault.index, min(fault.index + 1, len(code.snippet.code.value)))
        else:
            place = Place(code.program.source, Span(fault.index, fault.index + 1))
        yield Finding(
            place,
            f"{fault.message}, and this is run by python {version}",
            notes=tuple(Note(proof, "run here") for proof in code.proof),
            advice="use a newer Python in the image, or older syntax",
        )
