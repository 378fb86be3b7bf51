"""DFG309: a cache variable is set after the import that reads it."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Note, Severity, described, rule

END = 'COPY handler.py /\nCMD ["python", "/handler.py"]\n'
LATE = "import os\nfrom transformers import pipeline\n«os.environ['HF_HOME'] = '/models'»\np = pipeline('asr', model='org/model')\n"
EARLY = (
    "import os\nos.environ['HF_HOME'] = '/models'\nfrom transformers import pipeline\np = pipeline('asr')\n"
)
OFFLINE = "import os, diffusers\n«os.environ.setdefault('HF_HUB_OFFLINE', '1')»\n"
CALL = "import os, whisper\nos.environ['XDG_CACHE_HOME'] = '/models'\nm = whisper.load_model('base')\n"
LOCAL = "import settings\nfrom huggingface_hub import snapshot_download\n"
SETTINGS = "import os\nos.environ['HF_HOME'] = '/models'\n"
CHOSEN = "import os, huggingface_hub\nif os.path.isdir('/runpod-volume'):\n    «os.environ['HF_HOME'] = '/runpod-volume/hf'»\n"
UNSET = (
    "import os, huggingface_hub\nif not os.environ.get('HF_HOME'):\n    os.environ['HF_HOME'] = '/models'\n"
)
TYPING = "import os\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import transformers\nos.environ['HF_HOME'] = '/models'\n"


@rule(
    "DFG309",
    "env-set-after-import",
    Severity.WARNING,
    since="0.1.0",
    sources=("huggingface_hub/constants.py@2.4.0", "transformers/utils/hub.py@4.57.6"),
    bad=(
        Bad(f"FROM python:3.11\n{END}", files={"handler.py": LATE}, message="HF_HOME"),
        Bad(f"FROM python:3.11\n{END}", files={"handler.py": OFFLINE}, message="HF_HUB_OFFLINE"),
        Bad(f"FROM python:3.11\nENV HF_HOME=/cache\n{END}", files={"handler.py": CHOSEN}, message="/cache"),
        Bad(
            "FROM python:3.11\nCOPY *.py /app/\nWORKDIR /app\nCMD python handler.py\n",
            files={
                "handler.py": "from huggingface_hub import snapshot_download\nimport settings\n",
                "settings.py": "import os\n«os.environ['HF_HOME'] = '/models'»\n",
            },
        ),
    ),
    good=(
        Good(f"FROM python:3.11\n{END}", files={"handler.py": EARLY}),
        Good(f"FROM python:3.11\n{END}", files={"handler.py": CALL}, why="whisper reads it at each call"),
        Good(
            f"FROM python:3.11\nENV HF_HOME=/models\n{END}",
            files={"handler.py": LATE.replace("«", "").replace("»", "")},
            why="it has that value already",
        ),
        Good(
            "FROM python:3.11\nCOPY *.py /app/\nWORKDIR /app\nCMD python handler.py\n",
            files={"handler.py": LOCAL, "settings.py": SETTINGS},
            why="another module sets it first",
        ),
        Good(
            f"FROM python:3.11\nENV HF_HOME=/cache\n{END}",
            files={"handler.py": UNSET},
            why="the image sets it: the program leaves it as it is",
        ),
        Good(
            f"FROM python:3.11\n{END}", files={"handler.py": TYPING}, why="only the type checker imports it"
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """The program sets a cache variable or an offline switch after importing the library that reads it at import.

    huggingface_hub, transformers, datasets and others copy HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE and the like into constants
    when they are imported: setting them afterwards changes nothing. Move the assignment above the first such import, or
    use ENV.
    """
    for late, *others in facts.late_writes:
        seen = f"goes by {described(late.seen)}" if late.seen is not None else "found it not set"
        yield Finding(
            late.place,
            f"{late.name} is set after {late.library} was imported, which reads it only then and {seen}",
            notes=(
                Note(late.imported_at, "imported here"),
                *(Note(other.place, "set here as well") for other in others),
            ),
            certainty=Certainty.SURE if late.is_certain else Certainty.MAYBE,
            advice="set it above the import, or with ENV",
        )
