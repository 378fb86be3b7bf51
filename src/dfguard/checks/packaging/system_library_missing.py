"""DFG709: a Python package without the library it needs."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, rule


@rule(
    "DFG709",
    "system-library-missing",
    Severity.ERROR,
    since="0.1.0",
    sources=("https://github.com/opencv/opencv-python#installation-and-usage",),
    bad=(
        Bad(
            'FROM python:3.12-slim\nRUN pip install «opencv-python»\nCOPY a.py /\nCMD ["python", "/a.py"]\n',
            files={"a.py": "import cv2\n"},
            message="libGL.so.1",
        ),
        Bad(
            'FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y python3 python3-pip\nRUN pip3 install «sox»\nCOPY a.py /\nCMD ["python3", "/a.py"]\n',
            files={"a.py": "import sox\n"},
            message="the program sox",
        ),
    ),
    good=(
        Good(
            'FROM python:3.12-slim\nRUN apt-get update && apt-get install -y libgl1 && pip install opencv-python\nCOPY a.py /\nCMD ["python", "/a.py"]\n',
            files={"a.py": "import cv2\n"},
        ),
        Good(
            'FROM python:3.12-slim\nRUN pip install opencv-python-headless\nCOPY a.py /\nCMD ["python", "/a.py"]\n',
            files={"a.py": "import cv2\n"},
        ),
        Good(
            'FROM python:3.12-slim\nRUN pip install opencv-python\nCOPY a.py /\nCMD ["python", "/a.py"]\n',
            files={"a.py": "import json\n"},
            why="nobody imports it",
        ),
        Good(
            'FROM python:3.12-slim\nRUN ./install.sh && pip install opencv-python\nCOPY a.py /\nCMD ["python", "/a.py"]\n',
            files={"a.py": "import cv2\n"},
            why="a script may install it",
        ),
        Good(
            'FROM unknown/image:1\nRUN pip install opencv-python\nCOPY a.py /\nCMD ["python", "/a.py"]\n',
            files={"a.py": "import cv2\n"},
            why="the base image may have it",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The process imports a package whose system library no step installs.

    `import cv2` of opencv-python stops with "libGL.so.1: cannot open shared object file" on slim images; the headless
    package does without. Small base images have none of these libraries: only where everything that is installed is known
    this is reported.
    """
    for found in facts.missing_libraries:
        row = found.library
        instead = f", or install {row.alternative} instead" if row.alternative else ""
        yield Finding(
            found.package.place,
            f"{row.module} needs {row.library}, and nothing in the image brings it",
            notes=(Note(found.imported, "is imported here"),),
            advice=f"install {row.install} with apt-get{instead}",
        )
