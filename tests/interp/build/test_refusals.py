"""What BuildKit refuses when it converts a file is data, exactly where it stands."""

from __future__ import annotations

import pytest

from dfguard.testing import unmark
from paper import image, played, world

BASE = image("base", {"PATH": "/bin"})


def refusals(text: str) -> list[tuple[int, int, str]]:
    traces = played(text, world(BASE))
    found = [fault for trace in traces for fault in trace.refusals]
    found += [fault for trace in traces for step in trace.steps for fault in step.refusals]
    return [(fault.place.span.start, fault.place.span.end, fault.message) for fault in found]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "FROM «Base»\n", "Base is no image name: image names are in lower case", id="upper case"
        ),
        pytest.param(
            "FROM base AS Build\nFROM «Build»\n",
            "Build is no image name: image names are in lower case",
            id="name",
        ),
        pytest.param("FROM «base:»\n", "base: is no image name", id="empty tag"),
        pytest.param("FROM «$NOPE»\n", "the name of the base image is empty", id="empty name"),
        pytest.param("FROM «--platform=$NOPE» base\n", "the platform is empty", id="empty platform"),
        pytest.param("ARG A=«${B:?gone}»\nFROM base\n", "B: gone", id="global argument"),
        pytest.param("FROM base\nENV A=«${B:?gone}»\n", "B: gone", id="required variable"),
        pytest.param("FROM base\nENV A=«${PATH^^}»\n", "BuildKit knows no modifier ^", id="modifier"),
        pytest.param(
            'FROM base\nCOPY «"a» b" c\n',
            "the double quote is not closed: COPY splits at every space, in quotes, too",
            id="quotes do not hold in COPY",
        ),
        pytest.param(
            "FROM base\nCOPY «--from=$A» a b\n",
            "--from takes no variables: name a stage instead",
            id="variable",
        ),
        pytest.param("FROM base\nCOPY «--from=7» a b\n", "there is no stage 7", id="index"),
        pytest.param(
            "FROM base\nCOPY «--from=A:b:c» a b\n",
            "A:b:c is neither a stage nor the name of an image",
            id="origin",
        ),
        pytest.param(
            "FROM base AS a\nCOPY «--from=a» x y\n",
            "the stage a needs this one: they wait for each other",
            id="itself",
        ),
        pytest.param(
            "FROM base\nCOPY «--from=b» x y\nFROM base AS b\n",
            "the stage b comes only after this one",
            id="later",
        ),
        pytest.param("FROM base\nEXPOSE «http»\n", "http is no port", id="port"),
        pytest.param("FROM base\nEXPOSE «a:80:80»\n", "a in a:80:80 is no address", id="address"),
        pytest.param("FROM base\nEXPOSE «x:80»\n", "x in x:80 is no port", id="port of the host"),
        pytest.param(
            "FROM base\nEXPOSE «80:90-100»\n", "80:90-100 joins two ranges of different size", id="ranges"
        ),
        pytest.param(
            "FROM «--platform=a/b/c/d» base\n",
            "a/b/c/d is no platform: they are written system/machine or system/machine/variant",
            id="platform",
        ),
        pytest.param(
            "FROM «--platform=local» base\n",
            "local is neither a system nor a machine",
            id="platform of one word",
        ),
        pytest.param(
            "FROM base\nCOPY --chmod=«999» a b\n",
            "999 is no mode: octal digits up to 7777, or letters as in u+rwX,go-w",
            id="mode",
        ),
        pytest.param(
            "FROM base\nCOPY «https://x/y» b\n",
            "COPY takes nothing from the network: ADD https://x/y does",
            id="COPY of a url",
        ),
        pytest.param(
            "FROM base\nADD «--checksum=sha256:1» a b\n",
            "a checksum is for what comes from the network, not for a",
            id="checksum of a file",
        ),
        pytest.param(
            "FROM base\nADD «--checksum=sha256:1» https://x/a https://x/b c/\n",
            "a checksum is for one source alone",
            id="checksum of two",
        ),
        pytest.param("FROM base\nEXPOSE «80/http»\n", "80/http has the unknown protocol http", id="protocol"),
        pytest.param("FROM base\nSTOPSIGNAL «TERMINATE»\n", "TERMINATE is no signal", id="signal"),
        pytest.param("FROM base\nVOLUME «$NOPE»\n", "the path of the volume is empty", id="volume"),
        pytest.param(
            "FROM base AS p\nONBUILD COPY «--bad» a b\nFROM p\n",
            "COPY has no flag --bad",
            id="trigger that comes up",
        ),
        pytest.param(
            "FROM base\nRUN --mount=type=cache,«traget=/x»,target=/y z\n",
            "a mount has no traget=, target was probably meant",
            id="mount field",
        ),
        pytest.param(
            "FROM base\nRUN --mount=«type=caches»,target=/y z\n",
            "a mount is of type bind, cache, tmpfs, secret, ssh, not caches",
            id="mount type",
        ),
        pytest.param(
            "FROM base\nRUN «--mount=type=cache,target=/» z\n",
            "the target of the mount is the root directory",
            id="root",
        ),
        pytest.param(
            "FROM base\nRUN «--mount=target=/x,uid=1» z\n", "a bind mount takes no uid=", id="owner of a bind"
        ),
        pytest.param(
            "FROM base\nRUN --mount=target=/x,«required» z\n",
            "a bind mount takes no required",
            id="required bind",
        ),
        pytest.param(
            "FROM base\nRUN --mount=target=/x,from=«$A» z\n",
            "from= takes no variables: name a stage instead",
            id="mount from",
        ),
    ],
)
def test_refusals_are_data_at_their_place(text: str, message: str) -> None:
    source, (mark,) = unmark(text)
    assert refusals(source) == [(*mark, message)]


@pytest.mark.parametrize(
    "name",
    [
        "base",
        "scratch",
        "localhost:5000/a/b_c:T.1",
        "img.reg.3g:15000/jdk:1.7.0_67",
        "Registry.example/a",
        f"a@sha256:{'0' * 64}",
        "a--b/c__d",
        "[::1]:5000/a",
    ],
)
def test_image_names_that_are_fine(name: str) -> None:
    assert refusals(f"FROM {name}\n") == []


@pytest.mark.parametrize(
    "line",
    [
        "EXPOSE 127.0.0.1:80:80 [::1]:80:80 8080:80 8000-8010:80 0.0.0.0::80",
        "COPY --chmod=0755 a b",
        "COPY --chmod=u+rwX,go-w a b",
        "COPY --chmod=$MODE a b",
        "ADD --checksum=sha256:1 https://x/a b",
        "ADD https://x/a b",
        "COPY --chmod=a=rx a b",
    ],
)
def test_lines_that_are_fine(line: str) -> None:
    assert refusals(f"FROM --platform=linux/arm/v7 base\nARG MODE\n{line}\n") == []


def test_circle_of_three_is_refused_once() -> None:
    text = "FROM base AS a\nCOPY --from=c x y\nFROM base AS b\nCOPY --from=a x y\nFROM base AS c\nCOPY --from=b x y\n"
    assert sum("wait for each other" in message for *_, message in refusals(text)) == 1
