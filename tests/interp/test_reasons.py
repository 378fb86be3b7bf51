"""Reasons of a path: what decisions ask of them, how they are joined, and how they are told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfguard.core.source import Place, Source, Span
from dfguard.interp.filesystem.entries import Entry, EntryKind, Presence, join, uncertain
from dfguard.interp.filesystem.filesystem import FileSystem
from dfguard.interp.reasons import CONDITION, NOTHING, Cause, Why, because, causes, sentence
from paper import played, world

BASE, APT = because(Cause.BASE, "acme/mountain"), because(Cause.PACKAGES, "apt-get")
HERE = Place(Source("Dockerfile", "FROM a"), Span(0, 4))
WHYS = st.frozensets(
    st.sampled_from([cause for cause in Cause for _ in range(2)]).flatmap(
        lambda cause: st.sampled_from(["debian", "acme/mount"]).map(
            lambda what: next(iter(because(cause, what)))
        )
    ),
    max_size=5,
)


@pytest.mark.parametrize(
    ("why", "told"),
    [
        pytest.param(NOTHING, "", id="nothing"),
        pytest.param(BASE, "acme/mountain may hold it", id="the base image"),
        pytest.param(
            BASE | APT, "acme/mountain may hold it, apt-get may have written it", id="and what came over it"
        ),
        pytest.param(
            BASE | CONDITION, "a condition decides; acme/mountain may hold it", id="under a condition"
        ),
        pytest.param(
            BASE | APT | CONDITION,
            "a condition decides; acme/mountain may hold it, apt-get may have written it",
            id="all three",
        ),
        pytest.param(
            APT | because(Cause.MADE, "make"),
            "apt-get may have written it; make may have made it",
            id="two programs",
        ),
        pytest.param(
            because(Cause.PUT, "COPY", "its source is not known"),
            "COPY may have put it there: its source is not known",
            id="a detail",
        ),
        pytest.param(
            because(Cause.PLATFORM_MOUNT, "RunPod Pods", "the volume"),
            "RunPod Pods may mount the volume there",
            id="two names",
        ),
        pytest.param(because(Cause.MANY, "/opt", "64"), "more than 64 steps wrote below /opt", id="a number"),
        pytest.param(
            because(Cause.KIND, "/a", "was"), "whether /a was a directory is not known", id="a kind"
        ),
        pytest.param(
            frozenset().union(*(because(Cause.MADE, name) for name in "edcba")),
            "; ".join(f"{name} may have made it" for name in "abcd"),
            id="no more than four",
        ),
    ],
)
def test_the_sentence_of_reasons(why: Why, told: str) -> None:
    assert sentence(why) == told


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_a_sentence_that_names_what_it_speaks_of(cause: Cause) -> None:
    told = sentence(because(cause, "{what}", "{detail}"))
    assert told
    assert "{0}" not in told
    assert "{1}" not in told


@given(WHYS, WHYS)
def test_joined_reasons_keep_every_cause(a: Why, b: Why) -> None:
    entry, other = uncertain("/x", a), uncertain("/x", b)
    assert causes(join(entry, other).why) == causes(a) | causes(b)


@pytest.mark.parametrize(
    ("why", "written_by", "is_left", "may_be"),
    [
        pytest.param(BASE, None, True, True, id="the base image"),
        pytest.param(BASE | CONDITION, None, True, True, id="a condition took it away"),
        pytest.param(BASE | because(Cause.TAKEN, "rm"), None, True, True, id="it may have been removed"),
        pytest.param(BASE | APT, None, False, True, id="a package as well"),
        pytest.param(BASE | because(Cause.CACHE_MOUNT), None, False, True, id="a mount as well"),
        pytest.param(because(Cause.CACHE_MOUNT), None, False, False, id="a mount"),
        pytest.param(
            because(Cause.PUT, "COPY", "debian may hold it"),
            None,
            False,
            False,
            id="a copy of a base image's",
        ),
        pytest.param(
            because(Cause.BIND_MOUNT, "debian may hold it"), None, False, False, id="a bind of a base image's"
        ),
        pytest.param(BASE, HERE, False, False, id="a step made it"),
        pytest.param(CONDITION, None, False, False, id="a condition alone"),
        pytest.param(NOTHING, None, False, False, id="nothing in doubt"),
    ],
)
def test_what_is_left_to_the_base(why: Why, written_by: Place | None, is_left: bool, may_be: bool) -> None:  # noqa: FBT001
    entry = Entry("/x", EntryKind.UNKNOWN, Presence.MAYBE, why=why, written_by=written_by)
    assert (entry.is_left_to_the_base, entry.may_be_of_the_base) == (is_left, may_be)


@pytest.mark.parametrize(
    ("line", "path", "found"),
    [
        pytest.param("RUN true", "/opt/x", {Cause.BASE}, id="nothing"),
        pytest.param("RUN apt-get install -y x", "/usr/lib/x", {Cause.BASE, Cause.PACKAGES}, id="apt-get"),
        pytest.param("RUN zypper install -y x", "/usr/lib/x", {Cause.BASE, Cause.PACKAGES}, id="zypper"),
        pytest.param("RUN apt-mark hold x", "/usr/lib/x", {Cause.BASE, Cause.WRITTEN}, id="apt-mark"),
        pytest.param(
            "RUN hf download a/b --local-dir /m", "/m/x", {Cause.BASE, Cause.BROUGHT}, id="a download"
        ),
        pytest.param(
            "RUN umount-all /opt", "/opt/x", {Cause.BASE, Cause.MADE}, id="a program called after mounts"
        ),
        pytest.param(
            "RUN cp -r /srv/a /opt/", "/opt/a/x", {Cause.BASE, Cause.PUT}, id="a copy of what may be there"
        ),
        pytest.param(
            "COPY --from=acme/other /opt /opt", "/opt/x", {Cause.BASE, Cause.PUT}, id="another image"
        ),
        pytest.param(
            'RUN [ -n "$X" ] && rm -rf /opt/x || true',
            "/opt/x",
            {Cause.BASE, Cause.CONDITION, Cause.REMOVED},
            id="a condition",
        ),
    ],
)
def test_the_causes_of_a_step(line: str, path: str, found: set[Cause]) -> None:
    (trace,) = played(f"FROM acme/mountain:1\n{line}\n", world())
    assert causes(trace.final.files.look(path).why) == found


def test_a_haze_over_nothing_leaves_the_base_out() -> None:
    files = FileSystem.scratch().havoc_below("/opt", APT)
    assert files.look("/opt/x").why == APT
