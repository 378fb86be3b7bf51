"""The outline: every instruction where it stands, fragments and unneeded stages included."""

from __future__ import annotations

from dfguard.analysis.text.outline import Outline
from dfguard.core.source import Source
from dfguard.interp.values import Unknown, known
from dfguard.syntax.dockerfile.parser import parse


def outline(text: str, **given: str) -> Outline:
    return Outline(parse(Source("Dockerfile", text)), lambda _: None, given)


def test_a_fragment_is_one_section_without_stage() -> None:
    found = outline("RUN apt-get update\nENV A=1\n")
    (section,) = found.sections
    assert section.stage is None
    assert [call.name for _, call in found.calls("apt-get")] == ["apt-get"]


def test_sections_know_what_they_are_built_on() -> None:
    found = outline("ARG X\nFROM a AS One\nFROM one AS two\nFROM TWO\n")
    preamble, one, two, three = found.sections
    assert preamble.stage is None
    assert (one.parent, two.parent, three.parent) == (None, one, two)
    assert [s.stage.index for s in three.chain if s.stage] == [2, 1, 0]
    assert [found.is_built_on(s) for s in (one, two, three)] == [True, True, True]


def test_a_stage_that_is_only_copied_from_reaches_no_image() -> None:
    found = outline(
        "FROM a AS one\nFROM b AS two\nCOPY --from=one /x /x\nRUN --mount=from=three,target=/m true\nFROM c AS three\n"
    )
    one, two, three = found.stages
    assert not found.is_built_on(one)
    assert found.used_stages >= {id(one), id(three)}
    assert id(two) not in found.used_stages


def test_shells_are_inherited_and_not_shared() -> None:
    found = outline(
        'FROM a AS one\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN x\nFROM one\nRUN y\nFROM b\nRUN z\n'
    )
    shells = [(site.shell[0], site.is_shell_set) for site in found.of("RUN")]
    assert shells == [("/bin/bash", True), ("/bin/bash", True), ("/bin/sh", False)]


def test_triggers_count_only_when_asked_for() -> None:
    found = outline("FROM a\nONBUILD RUN sudo x\nRUN y\n")
    assert [site.is_trigger for site in found.of("RUN", with_triggers=True)] == [True, False]
    assert len(found.of("RUN")) == 1
    assert [call.name for _, call in found.calls("sudo", "y")] == ["sudo", "y"]
    assert [call.name for _, call in found.calls("sudo", "y", with_triggers=False)] == ["y"]


def test_json_form_is_a_call_too() -> None:
    (first, second) = outline('FROM a\nRUN ["/usr/bin/sudo", "apt-get", "update"]\n').calls("sudo", "apt-get")
    assert first[1].arguments == ("apt-get", "update")
    assert (second[1].arguments, second[1].is_wrapped) == (("update",), True)


def test_values_without_a_played_step_are_unknown() -> None:
    found = outline("ENV A=1\nUSER $A\n")
    (site,) = found.of("USER")
    assert isinstance(found.value(site, site.instruction.rest), Unknown)


def test_from_sees_global_arguments() -> None:
    text = "ARG A=x\nARG B=$A/y\nARG C\nFROM $B\nFROM $C\nFROM $D\n"
    found = outline(text)
    values = [found.value(site, site.instruction.arguments[0]) for site in found.of("FROM")]
    assert [known(value) for value in values] == ["x/y", None, ""]
    defaults = [found.image_by_default(site.instruction.arguments[0]) for site in found.of("FROM")]
    assert defaults == ["x/y", "", ""]
    (given,) = [outline(text, C="z")]
    assert known(given.value(given.of("FROM")[1], given.of("FROM")[1].instruction.arguments[0])) == "z"


def test_the_outermost_pipe_and_its_place() -> None:
    found = outline("FROM a\nRUN x || y && e '|' $(b | c) | d\n")
    (site,) = found.of("RUN")
    place = found.first_pipe(site)
    assert place is not None
    assert place.source.text[place.span.start - 2 : place.span.end + 2] == ") | d"
