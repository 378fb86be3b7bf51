"""What an image is called decides nothing: of two that nobody knows the findings are the same."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfguard.checks.registry import all_rules
from dfguard.checks.rule import Bad, Good
from dfguard.testing import shown, unmark

FETCHES = "#!/bin/sh\nif [ ! -f /w/m.safetensors ]; then\n  hf download org/model --local-dir /w\nfi\nexec python handler.py\n"
HANDLER = "import runpod\nrunpod.serverless.start({'handler': lambda job: 1})\n"
WHEEL = "RUN pip install /tmp/wheels/a-1.0-py3-none-any.whl\n"
SERVERLESS = {"platform": "runpod-serverless"}
CASES = [
    pytest.param(
        'COPY . /app\nWORKDIR /app\nRUN chmod +x start.sh\nCMD ["./start.sh"]\n',
        {"start.sh": FETCHES, "handler.py": HANDLER},
        "DFG506",
        id="weights that a script looks for",
    ),
    pytest.param(WHEEL, {}, "DFG217", id="a wheel that nothing brings"),
    pytest.param(
        f'RUN if [ -n "$X" ]; then rm -rf /tmp/wheels; fi\n{WHEEL}',
        {},
        "DFG217",
        id="a wheel, under a condition",
    ),
]
FROM = re.compile(r"^(FROM\s+(?:--platform=\S+\s+)?)(\S+)", re.IGNORECASE | re.MULTILINE)
NAMED = re.compile(r"\bAS\s+(\S+)", re.IGNORECASE)
WORDS = st.sampled_from(
    [
        "mount",
        "mountain",
        "hold",
        "may",
        "it",
        "hill",
        "put",
        "there",
        "written",
        "made",
        "by",
        "removed",
        "a",
        "zz",
        "literal",
        "quote",
    ]
)
NAMES = st.builds(
    lambda owner, words, tag: f"{owner}/{'-'.join(words)}:{tag}",
    WORDS,
    st.lists(WORDS, min_size=1, max_size=4),
    WORDS,
)
EXAMPLES: list[Bad | Good] = [example for one in all_rules() for example in one.bad]
EXAMPLES += [example for one in all_rules() for example in one.good]


def on(image: str, text: str) -> str:
    """The Dockerfile on other images: those of its stages, variables and the empty one stay."""
    stages = {name.lower() for name in NAMED.findall(text)} | {"scratch"}
    return FROM.sub(lambda m: m[0] if m[2].lower() in stages or "$" in m[2] else m[1] + image, text)


def findings(
    image: str, text: str, files: dict[str, str], options: dict[str, str]
) -> list[tuple[str, str, str]]:
    return [
        (d.rule, d.finding.message.replace(image, "IMAGE"), d.finding.certainty.value)
        for d in shown(on(image, text), files, "Dockerfile", options)
    ]


@pytest.mark.parametrize("image", ["acme/hill:1", "acme/mountain:1", "acme/may-hold-it:1", "zz/hill:1"])
@pytest.mark.parametrize(("text", "files", "rule"), CASES)
def test_a_word_in_the_name_takes_no_finding_away(
    text: str, files: dict[str, str], rule: str, image: str
) -> None:
    found = findings(image, f"FROM debian\n{text}", files, SERVERLESS)
    assert rule in {name for name, _, _ in found}
    assert found == findings("acme/hill:1", f"FROM debian\n{text}", files, SERVERLESS)


@settings(deadline=None, max_examples=80)
@given(st.sampled_from(EXAMPLES), NAMES, NAMES)
def test_the_findings_of_every_rule_are_the_same_whatever_an_image_is_called(
    example: Bad | Good, one: str, other: str
) -> None:
    text, options = unmark(example.text)[0], dict(example.options or {})
    files = {name: unmark(content)[0] for name, content in (example.files or {}).items()}
    assert findings(one, text, files, options) == findings(other, text, files, options)
