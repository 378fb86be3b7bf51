"""DFG804: a token written into the Dockerfile or into a program of the image."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Place, Severity, rule

BODY = "QwErTyUiOpAsDfGhJkLzXcVbNmQaWsEdRf"
"""Put behind a prefix only where the examples are read, so that scanners find no token here."""
START = 'FROM python:3.12\nCOPY handler.py /\nCMD ["python", "/handler.py"]\n'


@rule(
    "DFG804",
    "hardcoded-secret",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml",
        "https://docs.docker.com/build/building/secrets/",
    ),
    bad=(
        Bad(f"FROM debian:12\nENV HF_TOKEN=«hf_{BODY}»\n", message="hf_Qw"),
        Bad(
            f"FROM debian:12\nRUN wget --header='Authorization: Bearer «ghp_{BODY}7Q»' x.org/a\n",
            message="GitHub token",
        ),
        Bad(
            f"FROM debian:12\nRUN <<EOF\naws configure set aws_access_key_id «AKIA{BODY.upper()[4:20]}»\nEOF\n",
            message="AWS",
        ),
        Bad(f"FROM debian:12\n# old: «rpa_{BODY.upper()}9KQ2ZB7X»\n", message="RunPod"),
        Bad(
            f"FROM debian:12\nENV A=«npm_{BODY}4x» B=npm_{BODY}4x\nRUN echo npm_{BODY}4x\n",
            message="an npm token",
        ),
        Bad(
            START,
            files={"handler.py": f"import os\nos.environ['HF_TOKEN'] = '«hf_{BODY}»'\n"},
            message="stands in handler.py",
        ),
        Bad(
            START,
            files={"handler.py": f"import os\nkey = os.getenv('S3_SECRET_KEY', «'{BODY[:20]}7'»)\n"},
            message="S3_SECRET_KEY has a secret for a default",
        ),
        Bad(
            'FROM debian:12\nCOPY start.sh /\nCMD ["sh", "/start.sh"]\n',
            files={"start.sh": f"export HF_TOKEN=«hf_{BODY}»\n"},
        ),
    ),
    good=(
        Good("FROM debian:12\nENV HF_TOKEN=hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n", why="a placeholder"),
        Good(
            "FROM debian:12\nENV AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\n",
            why="the example of the documentation",
        ),
        Good("FROM debian:12\nENV HF_TOKEN=hf_abcdefghijklmnopqrstuvwxyzABCDEFGH\n", why="the alphabet"),
        Good(
            "FROM debian:12\nRUN pip install hf_transfer hf_xet && echo sk-learn\n", why="names that begin so"
        ),
        Good(
            "FROM debian:12@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n",
            why="a digest",
        ),
        Good(
            START,
            files={
                "handler.py": "import os\na = os.getenv('API_KEY', '')\nb = os.environ.get('DB_PASSWORD', 'change-me-before-2030')\n"
                "c = os.getenv('S3_SECRET_KEY', 'minioadmin')\nd = os.getenv('TOKENIZER_PATH', 'QwErTyUiOpAsDfGhJ7')\n"
                "e = os.getenv('API_KEY_FILE', '/run/secrets/QwErTyUiOpAsDfGhJ7')\n"
            },
            why="nothing, placeholders, the default of everybody, and what is no secret",
        ),
        Good(
            START,
            files={
                "handler.py": "import os\nos.environ.setdefault('HF_TOKEN', os.environ['HUGGING_FACE_HUB_TOKEN'])\n"
            },
            why="from the environment",
        ),
        Good(
            "FROM debian:12\nCOPY other.py /\n",
            files={"other.py": f"TOKEN = 'hf_{BODY}'\n", "test.py": f"TOKEN = 'hf_{BODY}'\n"},
            why="nothing runs it: scanners of repositories are made for that",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A token stands in the Dockerfile, or in a program that build or process run.

    Everyone who can read the file or pull the image has it; scanners find it within minutes once it is public. Revoke it,
    and give the build its secrets with `RUN --mount=type=secret`, the process by its environment. Only text of the exact
    shape of a known issuer's tokens counts, and in Python what looks generated and stands in for a variable with a
    secret's name (`os.getenv("S3_SECRET_KEY", "…")`); placeholders are left out, and dfguard never prints more than the
    beginning of it.
    """
    places: dict[str, list[Place]] = {}
    titles: dict[str, str] = {}
    for token, place in facts.written_tokens:
        places.setdefault(place.text, []).append(place)
        titles[place.text] = f"{token.shape.title} ({place.text[: len(token.shape.prefix) + 2]}…)"
    for text, (first, *others) in places.items():
        where = "the Dockerfile" if first.source == facts.source else first.source.path
        yield Finding(
            first,
            f"{titles[text]} stands in {where}",
            notes=tuple(Note(place, "the same again") for place in others),
            advice="revoke it, and use RUN --mount=type=secret"
            if first.source == facts.source
            else "revoke it, and give it to the process by its environment",
        )
    for default in facts.secret_defaults:
        yield Finding(
            default.place,
            f"{default.name} has a secret for a default",
            advice="revoke it, and stop with a message where the variable is not set",
        )
