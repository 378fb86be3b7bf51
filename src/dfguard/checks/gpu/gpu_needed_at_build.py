"""DFG401: a build step needs a GPU, and there is none."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, rule


@rule(
    "DFG401",
    "gpu-needed-at-build",
    Severity.ERROR,
    since="0.1.0",
    sources=("https://docs.docker.com/reference/cli/docker/buildx/build/", "torch/cuda/__init__.py@2.14.1"),
    bad=(
        Bad(
            "FROM python:3.11\nRUN python -c \"from faster_whisper import WhisperModel; «WhisperModel('base', device='cuda')»\"\n",
            message="cuda",
        ),
        Bad("FROM python:3.11\nRUN «nvidia-smi»\n"),
        Bad('FROM python:3.11\nRUN python -c "import torch; «assert torch.cuda.is_available()»"\n'),
        Bad('FROM python:3.11\nRUN python -c "import torch; x = torch.zeros(1); «x.cuda()»"\n'),
        Bad(
            "FROM python:3.11\nCOPY fetch.py /\nRUN python /fetch.py\n",
            files={
                "fetch.py": "from TTS.api import TTS\nfrom chatterbox.tts import ChatterboxTTS\nm = «ChatterboxTTS.from_pretrained(device='cuda')»\n"
            },
        ),
    ),
    good=(
        Good(
            "FROM python:3.11\nRUN python -c \"from faster_whisper import WhisperModel; WhisperModel('base', device='cpu')\"\n"
        ),
        Good(
            "FROM python:3.11\nRUN python -c \"import torch; d = 'cuda' if torch.cuda.is_available() else 'cpu'; torch.zeros(1).to(d)\"\n"
        ),
        Good("FROM python:3.11\nRUN nvidia-smi || true\n"),
        Good('FROM python:3.11\nRUN python -c "import torch; print(torch.cuda.is_available())"\n'),
        Good("FROM python:3.11\nRUN if command -v nvidia-smi; then nvidia-smi; fi\n"),
        Good('FROM python:3.11\nCMD ["nvidia-smi"]\n', why="at run time there is one"),
        Good(
            "FROM python:3.11\nRUN cat > /run.py <<'EOF'\nimport torch\ntorch.zeros(1).cuda()\nEOF\n",
            why="written, not run",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A build step needs a GPU.

    Builders give a RUN no GPU: `device="cuda"`, `.cuda()` and `nvidia-smi` fail there, and an assertion on
    `torch.cuda.is_available()` does too. It is a warning when the build swallows the failure. Load on the CPU while baking, choose the device at run time.
    """
    for need in facts.gpu_needs:
        yield Finding(
            need.place,
            need.message,
            notes=tuple(Note(place, "runs it during the build") for place in need.proof),
            certainty=Certainty.SURE if need.is_certain else Certainty.MAYBE,
            severity=None if need.is_fatal else Severity.WARNING,
            advice="use the CPU during the build (device='cpu'), or move the step to run time",
        )
