"""The law of fixes, on generated Dockerfiles and on all fixtures: no fault more, the build is the same but for what a fix is
about, a second run changes nothing; and no fix needs the guard for that.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfguard.config.settings import Settings
from dfguard.core.context import BuildContext
from dfguard.core.record import replace
from dfguard.core.source import Source
from dfguard.discover.targets import Target
from dfguard.disk import DiskContext, InMemoryContext
from dfguard.facts import Facts
from dfguard.fixing import fixed_target, with_fixes
from dfguard.lint import Check
from dfguard.soundness import Soundness, soundness

if TYPE_CHECKING:
    from collections.abc import Iterator

FIXTURES = os.path.join(os.path.dirname(__file__), "..", "fixtures")
EVERYTHING = Settings(platform="docker", select=("DFG",), ignore=("DFG6", "DFG7SC"), shows_maybe=True)
KNOWN = frozenset(
    {"RUN", "COPY", "ADD", "ENV", "LABEL", "EXPOSE", "CMD", "ENTRYPOINT", "HEALTHCHECK", "WORKDIR"}
)


def _sound(target: Target) -> Soundness:
    return _soundness(Check(target, EVERYTHING))


def _soundness(check: Check) -> Soundness:
    assert isinstance(check.facts, Facts)
    return soundness(check.facts)


def _holds(target: Target) -> int:
    """Hold one Dockerfile against the law; how many fixes it has."""
    check = Check(target, EVERYTHING)
    fixes = [
        d.finding.fix
        for d in check.report().shown(maybe=True)
        if d.finding.fix and all(e.place.source is target.source for e in d.finding.fix.edits)
    ]
    if not fixes:
        return 0
    before = _soundness(check)
    for fix in dict.fromkeys(fixes):
        after = _sound(replace(target, source=Source(target.source.path, with_fixes(target.source, [fix]))))
        assert not after.is_worse_than(before, frozenset(fix.changes)), (fix.title, target.source.text)
    done = fixed_target(target, EVERYTHING, suggested=True)
    fixed = replace(target, source=Source(target.source.path, done.text))
    after = _sound(fixed)
    assert done.text == target.source.text or (
        after.is_parsed and after.faults.items() <= before.faults.items()
    )
    assert fixed_target(fixed, EVERYTHING, suggested=True).text == done.text
    return len(fixes)


PARTS = (
    *(
        "RUN apt-get install curl git",
        'RUN ["apt-get", "install", "curl"]',
        "RUN apt update && apt install x",
    ),
    *("RUN pip install a b", 'RUN ["pip", "install", "a"]', 'RUN ["sh", "-c", "pip install a"]'),
    *('RUN bash -c "pip install a>=1"', "RUN pip install a>=1 b<2", "RUN apk add --virtual .x a"),
    *("RUN wget https://example.org/a", 'RUN ["wget", "https://example.org/a"]', "RUN yum install wget"),
    *("RUN useradd -u 1234567 app", "RUN cd /app", "RUN export A=1", "RUN echo $GLOBAL", "RUN echo $LATER"),
    *(
        "ENV KEY some value",
        "ENV KEY = value",
        "ENV it's a \"value",
        "LABEL a b",
        'LABEL "a b" c',
        "ENV export A=1",
    ),
    *('MAINTAINER Jo "the" $name <jo@example.org>', "EXPOSE 80/TCP 8080:80", "ADD a /b", "ADD a.tgz /b/"),
    *("COPY a b /c", 'COPY ["a", "b", "/c d"]', "COPY --from=Base /a /b", "ADD --chown=1:1 a b c"),
    *(
        "CMD run it --now",
        "ENTRYPOINT exec run it",
        "HEALTHCHECK CMD curl localhost",
        "CMD echo $A",
        "CMD . /x",
    ),
    *("RUN --mount=type=bind,from=Base,target=/m make", 'RUN --mount=type=bind,"from=BASE",target=/m make'),
    *(
        "RUNN make",
        "COPY --chwon=1:1 a b",
        "RUN make\n  echo done",
        "RUN apt-get install a\n  b\n  c",
        "ARG LATER=1",
    ),
    *(
        "RUN <<EOF\napt-get install x\nEOF",
        'RUN <<"EOF" bash\npip install a>=1\nEOF',
        "COPY <<A /x\nENV k v\nA",
    ),
    *("RUN echo {{ x }} && apt-get install y", "FROM {{ a.b }}", "USER {% if x %}", "run make && WORKDIR /x"),
    *(
        'RUN python -c "import os; \\\ntry: \\\n    a; \\\nexcept E: \\\n    b"',
        "RUN make \\\n\n  all",
        "RUN a \\\nENV B=c",
    ),
)
STAGES = (
    "FROM debian:12",
    "FROM alpine:3.22 AS Base",
    "from Base as Next",
    "FROM --platform=$TARGETPLATFORM x AS y",
)


@st.composite
def dockerfiles(draw: st.DrawFn) -> str:
    """Dockerfiles full of what has a fix, in the forms that BuildKit knows."""
    escape = draw(st.sampled_from("\\\\\\`"))
    lines = [f"# escape={escape}"] if escape == "`" else []
    lines += draw(st.sampled_from([[], ["ARG GLOBAL=1"]]))
    for stage in draw(st.lists(st.sampled_from(STAGES), min_size=1, max_size=3)):
        lines.append(stage)
        lines += [_shaped(draw, part, escape) for part in draw(st.lists(st.sampled_from(PARTS), max_size=3))]
    text = "\n".join(lines) + draw(st.sampled_from(["\n", ""]))
    text = text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n"])))
    return draw(st.sampled_from(["", "", "\ufeff"])) + text


def _shaped(draw: st.DrawFn, part: str, escape: str) -> str:
    keyword, _, rest = part.partition(" ")
    shape = draw(st.sampled_from(["", "", "lower", "onbuild", "continued", "commented"]))
    if shape == "lower":
        return f"{keyword.lower()} {rest}"
    if shape == "onbuild" and keyword in KNOWN and "<<" not in rest:
        return f"ONBUILD {part}"
    if shape in {"continued", "commented"} and "\n" not in rest and '"' not in rest and "'" not in rest:
        between = f" {escape}\n  " if shape == "continued" else f" {escape}\n# why\n  "
        return f"{keyword} {rest.replace(' ', between)}"
    return part


@settings(max_examples=120, deadline=None)
@given(dockerfiles())
def test_fixes_of_generated_dockerfiles(text: str) -> None:
    context = InMemoryContext({"Dockerfile": text, "a": "", "b": "", "a.tgz": ""})
    target = Target(Source("Dockerfile", text), context)
    _holds(target)
    done = fixed_target(target, EVERYTHING, suggested=True).text
    assert done.startswith("\ufeff") == text.startswith("\ufeff")
    assert done.endswith("\n") == text.endswith("\n")
    assert "\r" not in text or done.count("\r\n") == done.count("\n")


def _fixtures() -> Iterator[str]:
    for folder, _, names in sorted(os.walk(FIXTURES)):
        yield from (os.path.join(folder, name) for name in sorted(names) if name.startswith("Dockerfile"))


FILES = tuple(_fixtures())


@pytest.mark.parametrize("part", range(4))
def test_fixes_of_the_fixtures(part: int) -> None:
    assert len(FILES) > 200
    fixes = 0
    for file in FILES[part::4]:
        with open(file, "rb") as opened:
            source = Source.decode(os.path.basename(file), opened.read())
        folder: BuildContext = DiskContext(os.path.dirname(file), ".", dockerfile=file)
        fixes += _holds(Target(source, folder))
    assert fixes > 0
