"""DFG804: a token written into the Dockerfile."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Facts, Finding, Good, Note, Place, Severity, rule

BODY = "QwErTyUiOpAsDfGhJkLzXcVbNmQaWsEdRf"
"""Put behind a prefix only where the examples are read, so that scanners find no token here."""


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
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A token stands in the Dockerfile.

    Everyone who can read the file or pull the image has it; scanners find it within minutes once it is public. Revoke it,
    and give the build its secrets with `RUN --mount=type=secret`. Only text of the exact shape of a known issuer's
    tokens counts, placeholders left out; dfguard never prints more than the beginning of it.
    """
    places: dict[str, list[Place]] = {}
    titles: dict[str, str] = {}
    for token, place in facts.written_tokens:
        places.setdefault(place.text, []).append(place)
        titles[place.text] = f"{token.shape.title} ({place.text[: len(token.shape.prefix) + 2]}…)"
    for text, (first, *others) in places.items():
        yield Finding(
            first,
            f"{titles[text]} stands in the Dockerfile",
            notes=tuple(Note(place, "the same again") for place in others),
            advice="revoke it, and use RUN --mount=type=secret",
        )
