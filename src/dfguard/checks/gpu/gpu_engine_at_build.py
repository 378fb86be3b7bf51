"""DFG412: the build makes an engine that only a GPU can make."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Severity, rule

BASE = "FROM nvcr.io/nvidia/tensorrt:24.05-py3\n"
PYTHON = "FROM python:3.11\nRUN pip install vllm ultralytics tensorrt\n"


@rule(
    "DFG412",
    "gpu-engine-at-build",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://docs.nvidia.com/deeplearning/tensorrt/latest/",
        "https://docs.ultralytics.com/integrations/tensorrt/",
        "https://docs.docker.com/reference/cli/docker/buildx/build/",
    ),
    bad=(
        Bad(f"{BASE}RUN «trtexec --onnx=/m.onnx --saveEngine=/m.engine»\n", message="trtexec"),
        Bad(f"{PYTHON}RUN «yolo export model=yolov8n.pt format=engine»\n", message="yolo export"),
        Bad(
            f"{PYTHON}COPY export.py /\nRUN python /export.py\n",
            files={
                "export.py": "from ultralytics import YOLO\nm = YOLO('yolov8n.pt')\n«m.export(format='engine')»\n"
            },
        ),
        Bad(
            f"{PYTHON}RUN python -c \"from vllm import LLM; «LLM('facebook/opt-125m')»\"\n",
            message="needs a GPU",
        ),
        Bad(f'{PYTHON}RUN python -c "import tensorrt as trt; b = «trt.Builder(trt.Logger())»"\n'),
    ),
    good=(
        Good(f"{BASE}RUN trtexec --help\n"),
        Good(f"{BASE}RUN trtexec --onnx=/m.onnx || echo later\n", why="it may fail"),
        Good(
            f'{BASE}CMD ["trtexec", "--onnx=/m.onnx", "--saveEngine=/m.engine"]\n',
            why="at run time there is one",
        ),
        Good(f"{BASE}RUN if nvidia-smi; then trtexec --onnx=/m.onnx; fi\n", why="where there is one"),
        Good(
            "FROM nvcr.io/nvidia/l4t-tensorrt:r8.5.2-runtime\nRUN trtexec --onnx=/m.onnx\n",
            why="Jetson images are built on the device",
        ),
        Good("ARG BASE\nFROM $BASE\nRUN trtexec --onnx=/m.onnx\n", why="an image we cannot tell"),
        Good(f"{PYTHON}RUN yolo export model=yolov8n.pt format=onnx\n", why="ONNX needs none"),
        Good(
            f"{PYTHON}RUN python -c \"from vllm import LLM; LLM('facebook/opt-125m', device='cpu')\"\n",
            why="the CPU",
        ),
        Good(
            f"{PYTHON}COPY export.py /\nRUN python /export.py\n",
            files={
                "export.py": "import torch\nfrom ultralytics import YOLO\nm = YOLO('yolov8n.pt')\nif torch.cuda.is_available():\n    m.export(format='engine')\n"
            },
            why="only with a GPU",
        ),
        Good(f'{PYTHON}RUN python -c "import vllm, tensorrt"\n', why="an import alone"),
        Good(
            f"{PYTHON}COPY export.py /\n",
            files={"export.py": "from vllm import LLM\nLLM('facebook/opt-125m')\n"},
            why="copied, not run",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A RUN builds a TensorRT engine or starts an inference engine.

    Builders give a RUN no GPU, and these tools stop without one. Even where the build has one, a TensorRT engine fits the GPU model, the
    driver and the library that made it, and another worker cannot load it. Bake the ONNX file or the weights, and make the
    engine at the first start, into a folder that lasts.
    """
    for engine in facts.gpu_engines:
        yield Finding(
            engine.place,
            f"{engine.name} needs a GPU, and a RUN has none: {engine.consequence}",
            notes=tuple(Note(place, "runs it during the build") for place in engine.proof),
            advice="bake what the engine is made of, and make it at the first start",
        )
