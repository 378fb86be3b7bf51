"""DFG313: a model is downloaded to a relative path and looked for from another working directory."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, described, rule

END = 'COPY handler.py /app/\nWORKDIR /app\nCMD ["python", "handler.py"]\n'
YOLO = "from ultralytics import YOLO\nmodel = «YOLO('yolov8n.pt')»\n"
TORCH = "import torch\nmodel = «torch.load('weights/model.pt')»\n"


def _quiet(code: str) -> dict[str, str]:
    return {"handler.py": code.replace("«", "").replace("»", "")}


@rule(
    "DFG313",
    "relative-download-target",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "ultralytics/utils/downloads.py@8.4.190",
        "https://docs.docker.com/reference/dockerfile/#workdir",
    ),
    bad=(
        Bad(
            f"FROM python:3.11\nRUN python -c \"from ultralytics import YOLO; YOLO('yolov8n.pt')\"\n{END}",
            files={"handler.py": YOLO},
            message="/app",
        ),
        Bad(
            f"FROM python:3.11\nWORKDIR /build\nRUN mkdir weights && wget -O weights/model.pt https://example.com/model.pt\n{END}",
            files={"handler.py": TORCH},
            message="/build/weights/model.pt",
        ),
    ),
    good=(
        Good(
            f"FROM python:3.11\nWORKDIR /app\nRUN python -c \"from ultralytics import YOLO; YOLO('yolov8n.pt')\"\n{END}",
            files=_quiet(YOLO),
        ),
        Good(
            f"FROM python:3.11\nWORKDIR /build\nRUN mkdir weights && wget -O weights/model.pt https://example.com/model.pt\nRUN mkdir -p /app && mv weights /app/\n{END}",
            files=_quiet(TORCH),
            why="moved afterwards",
        ),
        Good(
            f"FROM python:3.11\nRUN mkdir -p /app/weights && wget -O /app/weights/model.pt https://example.com/model.pt\n{END}",
            files=_quiet(TORCH),
            why="an absolute path",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A download goes to a path relative to the working directory, and the process runs in another one.

    `wget -O weights/model.pt` or `YOLO("yolov8n.pt")` in a RUN means the WORKDIR of that line. After another WORKDIR the
    same words mean another place: the file is missing, or is downloaded again. Write the path absolute.
    """
    for miss in facts.strays:
        bake, load = miss.baked, miss.wanted
        yield Finding(
            load.place,
            f"{described(load.subject)} is looked for in {described(load.directory)},"
            f" but the build puts it in {described(bake.directory)}: both are relative to the working directory",
            notes=(Note(bake.place, "downloaded here"), *facts.trail(load)),
            certainty=Certainty.SURE if load.is_certain and bake.is_certain else Certainty.MAYBE,
            advice="download to an absolute path and load that",
        )
