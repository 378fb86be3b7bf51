"""DFG408: a library needs a cuDNN that the base image has not."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Severity, rule

OLD = "FROM nvidia/cuda:12.1.1-cudnn8-runtime-ubuntu22.04\nRUN apt-get update && apt-get install -y python3-pip\n"
NEW = OLD.replace("12.1.1-cudnn8", "12.4.1-cudnn")


@rule(
    "DFG408",
    "cudnn-major-mismatch",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://github.com/SYSTRAN/faster-whisper#gpu",
        "https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html#requirements",
    ),
    bad=(
        Bad(f"{OLD}RUN pip install «faster-whisper==1.1.0» runpod\n", message="needs cuDNN 9"),
        Bad(
            f"{NEW.replace('-cudnn', '')}RUN pip install «ctranslate2==4.5.0»\n",
            message="the base image has none",
        ),
        Bad(
            f"{OLD}COPY requirements.txt .\nRUN pip install -r requirements.txt\n",
            files={"requirements.txt": "numpy\n«onnxruntime-gpu==1.20.1»\n"},
            message="the CPU",
        ),
        Bad(f"{OLD}RUN pip install «faster-whisper»\n", certainty_is_maybe=True),
        Bad(f"{OLD}RUN pip install «faster-whisper==1.1.0» some-package\n", certainty_is_maybe=True),
    ),
    good=(
        Good(f"{NEW}RUN pip install faster-whisper==1.1.0\n"),
        Good(
            f"{OLD}RUN pip install faster-whisper==1.1.0 ctranslate2==4.4.0\n",
            why="held at a release for cuDNN 8",
        ),
        Good(f"{OLD}RUN pip install faster-whisper==1.0.3\n", why="an older one"),
        Good(f"{OLD}RUN pip install faster-whisper==1.1.0 nvidia-cudnn-cu12\n", why="brought along"),
        Good(f"{OLD}RUN pip install faster-whisper==1.1.0 torch\n", why="torch brings one"),
        Good(f"{OLD}RUN apt-get install -y libcudnn9-cuda-12 && pip install faster-whisper==1.1.0\n"),
        Good("FROM python:3.11\nRUN pip install faster-whisper==1.1.0\n", why="an image for the CPU"),
        Good(
            "FROM example.com/gpu:1\nRUN pip install faster-whisper==1.1.0\n", why="an image we do not know"
        ),
        Good(
            f'{OLD}RUN pip install faster-whisper==1.1.0\nCOPY a.py /\nCMD ["python3", "/a.py"]\n',
            files={
                "a.py": "from faster_whisper import WhisperModel\nm = WhisperModel('base', device='cpu')\n"
            },
            why="it runs on the CPU",
        ),
        Good(
            f"{OLD}COPY --from=nvidia/cuda:12.4.1-cudnn-runtime-ubuntu22.04 /usr/lib/x86_64-linux-gnu /opt/lib\nRUN pip install faster-whisper==1.1.0\n",
            why="copied from another image",
        ),
        Good(
            f"{OLD.replace('22.04', '22.04 AS tool', 1)}RUN pip install faster-whisper==1.1.0\nFROM python:3.11\nCOPY --from=tool /a /a\n",
            why="it does not run there",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A library is made for another major version of cuDNN than the base image has.

    CTranslate2 (faster-whisper) and ONNX Runtime take cuDNN from the system, and look for the file of one major version.
    It is not found: the worker crashes at the first request, or computes on the CPU without an error. Take the base image with that cuDNN, or pin
    the last release for the one that is there.
    """
    for clash in facts.cuda_clashes:
        if clash.is_cudnn:
            there = f"cuDNN {clash.there}" if clash.there else "none"
            yield Finding(
                clash.place,
                f"{clash.name} needs cuDNN {clash.needed}, and the base image has {there}: {clash.consequence}",
                certainty=Certainty.SURE if clash.is_certain else Certainty.MAYBE,
                advice=f"take a base image with cuDNN {clash.needed}, or install it",
            )
