"""The finished image under a platform's mounts: what the process sees, where it writes, who it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dfguard.core.source import Source
from dfguard.disk import InMemoryContext
from dfguard.interp.build.build import play, target_of
from dfguard.interp.runtime.view import RuntimeView, Visibility, runtime_view
from dfguard.interp.state.inputs import Deployment, World
from dfguard.interp.values import Unknown, known
from dfguard.knowledge.load import load_knowledge
from dfguard.knowledge.platforms import Condition, Mount, Semantics
from dfguard.syntax.dockerfile.parser import parse

if TYPE_CHECKING:
    from dfguard.interp.values import Value

KNOWLEDGE = load_knowledge()
SERVERLESS, PODS, DOCKER = "runpod-serverless", "runpod-pods", "docker"
VISIBLE, HIDDEN = Visibility.VISIBLE, Visibility.HIDDEN
ABSENT, UNKNOWN = Visibility.ABSENT, Visibility.UNKNOWN
IMAGE = "FROM python:3.11-slim\nCOPY f /runpod-volume/f\nCOPY f /workspace/f\nCOPY f /data/f\nCOPY f /tmp/f\nCOPY f /app/f\n"


def view(
    text: str,
    platform: str = DOCKER,
    volume: str = "unknown",
    cached: tuple[str, ...] = (),
    mounts: tuple[Mount, ...] = (),
) -> RuntimeView:
    chosen = KNOWLEDGE.platform(platform)
    assert chosen is not None
    context = InMemoryContext({"f": "x", "Dockerfile": text})
    world = World(context, KNOWLEDGE, Deployment(chosen, volume, cached, mounts=mounts))
    target = target_of(play(parse(Source("Dockerfile", text)), world), world)
    assert target is not None
    return runtime_view(target.final, world)


@pytest.mark.parametrize(
    ("platform", "volume", "path", "expected", "is_certain"),
    [
        (SERVERLESS, "attached", "/runpod-volume/f", HIDDEN, True),
        (SERVERLESS, "unknown", "/runpod-volume/f", UNKNOWN, False),
        (SERVERLESS, "none", "/runpod-volume/f", VISIBLE, False),
        (SERVERLESS, "attached", "/workspace/f", VISIBLE, False),
        (SERVERLESS, "attached", "/runpod-volume2", ABSENT, False),
        (PODS, "attached", "/workspace/f", HIDDEN, True),
        (PODS, "unknown", "/workspace/f", UNKNOWN, False),
        (PODS, "none", "/workspace/f", VISIBLE, False),
        (PODS, "attached", "/runpod-volume/f", VISIBLE, False),
        ("hf-spaces-docker", "attached", "/data/f", HIDDEN, True),
        ("hf-spaces-docker", "none", "/data/f", VISIBLE, False),
        ("aws-lambda", "unknown", "/tmp/f", HIDDEN, True),
        ("aws-lambda", "unknown", "/app/f", VISIBLE, False),
        (DOCKER, "attached", "/runpod-volume/f", VISIBLE, False),
        (DOCKER, "unknown", "/app/gone", ABSENT, False),
    ],
)
def test_mounts_hide_what_the_image_holds(
    platform: str, volume: str, path: str, expected: Visibility, *, is_certain: bool
) -> None:
    seen = view(IMAGE, platform, volume).look(path)
    assert (seen.visibility, seen.is_mount_certain) == (expected, is_certain)
    assert (seen.mount is None) == (expected in (VISIBLE, ABSENT))


def test_links_into_a_mount_are_followed() -> None:
    text = "FROM python:3.11-slim\nRUN mkdir -p /runpod-volume/m && ln -s /runpod-volume/m /models && touch /models/w\n"
    for path in ("/models/w", "/models", "/runpod-volume/m/w"):
        assert view(text, SERVERLESS, "attached").look(path).visibility is HIDDEN, path
        assert view(text, SERVERLESS, "none").look(path).visibility is VISIBLE, path


def test_what_the_build_leaves_open_is_unknown() -> None:
    found = view("FROM my.registry/base:1\nRUN ./setup.sh\n")
    assert found.look("/opt/models/x").visibility is UNKNOWN


@pytest.mark.parametrize(
    ("cached", "path", "expected"),
    [
        ((), "/runpod-volume/huggingface-cache/hub/f", VISIBLE),
        (("Org/Name",), "/runpod-volume/huggingface-cache/hub/f", HIDDEN),
        (("Org/Name",), "/runpod-volume/f", VISIBLE),
    ],
)
def test_cached_models_are_mounted_when_declared(
    cached: tuple[str, ...], path: str, expected: Visibility
) -> None:
    text = IMAGE + "COPY f /runpod-volume/huggingface-cache/hub/f\n"
    found = view(text, SERVERLESS, "none", cached)
    assert found.look(path).visibility is expected
    assert found.has_cached_model("org/name") == bool(cached)
    assert not found.has_cached_model("org/other")


def test_the_innermost_mount_counts() -> None:
    found = view(IMAGE, SERVERLESS, "attached", ("a/b",))
    over = {
        path: mount.title
        for path in ("/runpod-volume/x", "/runpod-volume/huggingface-cache/hub/x", "/runpod-volume")
        if (mount := found.mount_over(path))
    }
    assert list(over.values()) == ["network volume", "cached model", "network volume"]
    assert found.mount_over("/app") is None


def test_mounts_of_the_deployments_own_files_are_certain() -> None:
    mount = Mount("/app", "bind of ./app", Semantics.SHADOW, Condition.CONFIGURED)
    found = view(IMAGE, DOCKER, mounts=(mount,))
    assert (found.look("/app/f").visibility, found.is_certain(mount)) == (HIDDEN, True)
    volume = Mount("/app", "named volume", Semantics.COPY_UP, Condition.CONFIGURED)
    assert view(IMAGE, DOCKER, mounts=(volume,)).look("/app/f").visibility is VISIBLE, "it is filled at first"


def test_mounts_that_refuse_to_start_over_content() -> None:
    refusing = [
        (platform.id, mount.path)
        for platform in KNOWLEDGE.platforms
        for mount in platform.mounts
        if mount.semantics is Semantics.REFUSE and mount.path
    ]
    for platform, path in refusing:
        found = view(IMAGE, platform, "attached")
        mount = found.refusing_mount(f"{path}/x")
        assert mount is not None, platform
        assert mount.path == path, platform


@pytest.mark.parametrize(
    ("platform", "volume", "path", "expected"),
    [
        (DOCKER, "unknown", "/app", True),
        ("aws-lambda", "unknown", "/app", False),
        ("aws-lambda", "unknown", "/tmp/x", True),
        (SERVERLESS, "unknown", "/runpod-volume/x", None),
        (SERVERLESS, "attached", "/runpod-volume/x", True),
    ],
)
def test_where_the_process_can_write(platform: str, volume: str, path: str, *, expected: bool | None) -> None:
    assert view(IMAGE, platform, volume).is_writable(path) is expected


@pytest.mark.parametrize(
    ("text", "platform", "user", "home"),
    [
        ("FROM python:3.11\n", DOCKER, "root", "/root"),
        ("FROM python:3.11\nRUN useradd -m app\nUSER app\n", DOCKER, "app", "/home/app"),
        ("FROM python:3.11\nRUN useradd -m -u 1000 app\n", "hf-spaces-docker", "1000", "/home/app"),
        ("FROM python:3.11\nENV HOME=/srv\n", DOCKER, "root", "/srv"),
        ("FROM python:3.11\nRUN useradd -d /x app\nUSER app\nENV HOME=/srv\n", SERVERLESS, "app", "/srv"),
    ],
)
def test_who_the_process_is(text: str, platform: str, user: str, home: str) -> None:
    found = view(text, platform)
    assert (known(found.user) or "root", known(found.home)) == (user, home)


def variable(found: RuntimeView, name: str) -> str | type[Value] | None:
    value = found.variable(name)
    return None if value is None else known(value) or type(value)


def test_variables_come_from_the_image_and_the_platform() -> None:
    text = "FROM python:3.11\nARG A=1\nENV B=2 RUNPOD_POD_ID=x\nENV C=${A}3\n"
    found = view(text, SERVERLESS)
    names = ("A", "B", "C", "RUNPOD_POD_ID", "NOTHING")
    assert [variable(found, name) for name in names] == [None, "2", "13", Unknown, None]
    assert variable(view(text), "RUNPOD_POD_ID") == "x"


def test_the_bases_variables_count() -> None:
    found = view("FROM runpod/base:0.6.2-cuda12.4.1\n", SERVERLESS)
    assert variable(found, "HF_HOME") == "/runpod-volume/.cache/huggingface/"


def test_start_scripts_lay_variables_over_the_view() -> None:
    found = view("FROM python:3.11\nENV B=2\nWORKDIR /app\n")
    sight = found.sight((("B", Unknown("a script sets it")),))
    assert isinstance(sight.lookup("B"), Unknown)
    assert known(sight.workdir) == "/app"


@pytest.mark.parametrize("platform", [platform.id for platform in KNOWLEDGE.platforms])
@pytest.mark.parametrize("volume", ["attached", "none", "unknown"])
def test_every_platform_can_be_laid_over(platform: str, volume: str) -> None:
    found = view(IMAGE, platform, volume)
    for mount in found.mounts:
        assert mount.path is not None
        seen = found.look(f"{mount.path}/f")
        if mount.hides:
            assert seen.visibility is (HIDDEN if found.is_certain(mount) else UNKNOWN)
    assert found.user is not None
