"""DFG402: the program fixes a device that it also chooses elsewhere, or uses the CPU in a GPU image."""

from collections.abc import Iterator

from dfguard.checks.api import (
    Bad,
    Certainty,
    Facts,
    Finding,
    Good,
    Load,
    Severity,
    Unknown,
    described,
    known,
    rule,
)

START = "runpod.serverless.start({'handler': lambda job: 1})\n"
END = 'COPY handler.py /\nCMD ["python", "/handler.py"]\n'
STATES = frozenset(["torch.load", "safetensors.torch.load_file", "torch.hub.load_state_dict_from_url"])
"""What gives tensors, to be laid into a model that goes to its device afterwards: the CPU is the right place."""
CUDA = "FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\n"


@rule(
    "DFG402",
    "device-hardcoded",
    Severity.WARNING,
    since="0.1.0",
    sources=("https://pytorch.org/docs/stable/notes/cuda.html#device-agnostic-code",),
    bad=(
        Bad(
            f"{CUDA}{END}",
            files={
                "handler.py": f"import runpod\nfrom faster_whisper import WhisperModel\nm = «WhisperModel('base', device='cpu')»\n{START}"
            },
            message="cpu",
        ),
        Bad(
            f"FROM python:3.11\nENV NVIDIA_VISIBLE_DEVICES=all\n{END}",
            files={
                "handler.py": f"import runpod\nfrom faster_whisper import WhisperModel\nm = «WhisperModel('base', device='cpu')»\n{START}"
            },
        ),
        Bad(
            f"{CUDA}{END}",
            files={
                "handler.py": f"import runpod\nfrom f5_tts.api import F5TTS\nm = «F5TTS(device='cpu')»\n{START}"
            },
            message="and 1 more",
        ),
    ),
    good=(
        Good(
            f"{CUDA}{END}",
            files={
                "handler.py": f"import runpod\nfrom faster_whisper import WhisperModel\nm = WhisperModel('base', device='cuda')\n{START}"
            },
            why="a GPU worker may insist on its GPU",
        ),
        Good(
            f"FROM python:3.11\n{END}",
            files={
                "handler.py": f"import runpod\nfrom faster_whisper import WhisperModel\nm = WhisperModel('base', device='cpu')\n{START}"
            },
            why="a CPU image",
        ),
        Good(
            f"{CUDA}{END}",
            files={
                "handler.py": f"import runpod, torch\nfrom faster_whisper import WhisperModel\nd = 'cuda' if torch.cuda.is_available() else 'cpu'\nm = WhisperModel('base', device=d)\n{START}"
            },
        ),
        Good(
            f"{CUDA}{END}",
            files={
                "handler.py": f"import runpod, torch\nm = torch.nn.Linear(1, 1)\nm.load_state_dict(torch.load('a.pt', map_location='cpu'))\nm.to('cuda')\n{START}"
            },
            why="tensors for a model that goes to the GPU",
        ),
        Good(
            f"{CUDA}RUN python3 -c \"from faster_whisper import WhisperModel; WhisperModel('base', device='cpu')\"\n",
            why="the build has no GPU",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The process loads a model on the CPU in an image made for GPUs.

    `device="cpu"` is right while baking; left in the handler it makes a GPU worker slow without an error. Choose the
    device where the program runs: `"cuda" if torch.cuda.is_available() else "cpu"`.
    """
    if not facts.is_gpu_image:
        return
    calls: dict[object, list[Load]] = {}
    for load in facts.run_loads:
        if load.device and known(load.device) == "cpu" and load.loader not in STATES:
            calls.setdefault(load.place, []).append(load)
    for load, *others in calls.values():
        more = f" (and {len(others)} more)" if others else ""
        yield Finding(
            load.place,
            f"{_named(load)}{more} is loaded on the device 'cpu' in a GPU image",
            notes=facts.trail(load),
            certainty=Certainty.SURE if load.is_certain else Certainty.MAYBE,
            advice="choose the device at run time: 'cuda' if torch.cuda.is_available() else 'cpu'",
        )


def _named(load: Load) -> str:
    return "a model" if isinstance(load.subject, Unknown) else described(load.subject)
