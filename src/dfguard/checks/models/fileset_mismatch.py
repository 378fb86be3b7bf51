"""DFG312: the build fetches other files of a model than the process reads."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, described, rule

END = 'COPY handler.py /\nCMD ["python", "/handler.py"]\n'
DIFFUSERS = "from diffusers import AutoPipelineForText2Image as P\nimport torch\npipe = {}\n"
FP16 = {"handler.py": DIFFUSERS.format("«P.from_pretrained('org/model', variant='fp16')»")}
BERT = {
    "handler.py": "from transformers import AutoModel\nmodel = «AutoModel.from_pretrained('org/model')»\n"
}
PIPELINE = 'FROM python:3.11\nRUN python -c "from diffusers import AutoPipelineForText2Image as P; {}"\n{}'


def _quiet(files: dict[str, str]) -> dict[str, str]:
    return {name: text.replace("«", "").replace("»", "") for name, text in files.items()}


@rule(
    "DFG312",
    "fileset-mismatch",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "diffusers/pipelines/pipeline_utils.py@0.42.1",
        "huggingface_hub/_snapshot_download.py@2.4.0",
    ),
    bad=(
        Bad(
            PIPELINE.format("P.from_pretrained('org/model')", END),
            files=FP16,
            message="variant fp16",
        ),
        Bad(
            f"FROM python:3.11\nRUN hf download org/model model.safetensors\n{END}",
            files=BERT,
            message="config.json",
        ),
        Bad(
            f"FROM python:3.11\nRUN pip install f5-tts==1.1.9\nRUN hf download SWivid/F5-TTS F5TTS_Base/model_1200000.safetensors && hf download charactr/vocos-mel-24khz\n{END}",
            files={"handler.py": "from f5_tts.api import F5TTS\nmodel = «F5TTS()»\n"},
            message="F5TTS_v1_Base/model_1250000.safetensors",
        ),
    ),
    good=(
        Good(PIPELINE.format("P.from_pretrained('org/model', variant='fp16')", END), files=_quiet(FP16)),
        Good(f"FROM python:3.11\nRUN hf download org/model\n{END}", files=_quiet(FP16)),
        Good(
            f"FROM python:3.11\nRUN hf download org/model --include '*.json' '*.safetensors'\n{END}",
            files=_quiet(BERT),
        ),
        Good(
            f"FROM python:3.11\nRUN hf download org/model config.json && hf download org/model model.safetensors\n{END}",
            files=_quiet(BERT),
        ),
        Good(
            f"FROM python:3.11\nRUN hf download org/model model.gguf --local-dir /m\n{END}",
            files=_quiet(BERT),
            why="another directory: that is DFG302",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The build fetches only some files of a model, and not those that the process reads.

    A preload with `variant`, `allow_patterns` or single file names is right only when the reader asks for the same files:
    what it misses it downloads at start, and offline it fails. Preload with the very call of the program, or
    fetch the whole repository.
    """
    for miss in facts.gaps:
        bake, load = miss.baked, miss.wanted
        yield Finding(
            load.place,
            f"{described(load.subject)} is read with {miss.lacks}, which the build does not fetch",
            notes=(Note(bake.place, "what is fetched"), *facts.trail(load)),
            certainty=Certainty.SURE if load.is_certain and bake.is_certain else Certainty.MAYBE,
            advice="make the same call in the build as in the program",
        )
