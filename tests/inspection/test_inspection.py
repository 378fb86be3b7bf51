"""What an inspection says: marks, verdicts, downloads; laws over all Dockerfiles of the repository; nothing secret."""

from __future__ import annotations

import glob
import os

import pytest

from dfguard.config.settings import Settings
from dfguard.core.record import replace
from dfguard.discover.targets import Found, target_of
from dfguard.inspection.files import rows
from dfguard.inspection.marks import Fate
from dfguard.inspection.records import ChangeKind, Inspection, StageView
from dfguard.inspection.terms import Mark, Verdict
from dfguard.inspection.whole import inspect
from dfguard.lint import inspect_target
from dfguard.reports.inspection_tree import nested
from inspected import facts_of, inspected, row, scene

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILES = [
    os.path.relpath(path, ROOT)
    for folder in ("fixtures/groundtruth/*", "fixtures/origin/*", "examples/*", "examples/*/broken")
    for path in sorted(glob.glob(os.path.join(ROOT, folder, "Dockerfile*")))
]


@pytest.mark.parametrize(
    ("path", "mark", "why"),
    [
        ("/bin/tool", Mark.BAKED, ""),
        ("/cache/wheel", Mark.DISCARDED, "the cache mount over /cache keeps it out of the image"),
        ("/vol/hf/hub/models--org--model", Mark.HIDDEN, "Cloud mounts network volume over /vol"),
        ("/key", Mark.UNREADABLE, "/key is closed to 1000"),
        ("/tmp/scratch", Mark.REMOVED, "line 15 takes it away"),
        ("/large", Mark.MAYBE, "a condition decides"),
    ],
)
def test_each_path_of_the_image_has_one_mark_and_its_reason(path: str, mark: Mark, why: str) -> None:
    found = row(scene(), path)
    assert (found.mark, found.why) == (mark, why)


def test_what_stays_in_its_stage_says_who_copies_it() -> None:
    tools = scene().stages[0]
    assert {r.path: (r.mark, r.why) for r in tools.files} == {
        "/out": (Mark.LEFT, "it stays in its stage"),
        "/out/rest": (Mark.LEFT, "it stays in its stage"),
        "/out/tool": (Mark.LEFT, "line 11 copies it to /bin/tool"),
    }


def test_an_unknown_path_says_why() -> None:
    found = inspected("FROM elsewhere\nRUN mkdir /a && mv /a/b /c\n")
    unknown = [r for r in found.stages[0].files if r.mark is Mark.UNKNOWN]
    assert unknown
    assert all(r.why and not r.is_sure for r in unknown)


@pytest.mark.parametrize(("volume", "is_sure"), [("attached", True), ("unknown", False)])
def test_a_mount_that_may_be_there_hides_only_perhaps(*, volume: str, is_sure: bool) -> None:
    found = row(inspected("FROM base\nRUN mkdir /vol && echo x > /vol/x\n", volume=volume), "/vol/x")
    assert (found.mark, found.is_sure) == (Mark.HIDDEN, is_sure)
    assert found.why.endswith("when a volume is attached") is not is_sure


def test_no_mount_hides_anything_without_a_volume() -> None:
    found = inspected("FROM base\nRUN mkdir /vol && echo x > /vol/x\n", volume="none")
    assert row(found, "/vol/x").mark is Mark.BAKED
    assert found.process is not None
    assert found.process.mounts == ()


def test_every_load_has_a_moment_a_verdict_and_what_decided_its_directory() -> None:
    found = [(load.subject.texts, load.moment, load.verdict) for load in scene().looked_up]
    assert found == [
        (("org/model",), "start", Verdict.HIDDEN),
        (("/models/other",), "start", Verdict.FOUND),
        (("org/late",), "first request", Verdict.UNKNOWN),
    ]
    origins = [(o.name, o.text, o.where and o.where.line) for o in scene().looked_up[0].directory.because]
    assert origins == [("HF_HOME", "/vol/hf", 7)]


LOOKS_UP = "from transformers import AutoModel\nAutoModel.from_pretrained('org/model')\n"
STARTS = 'COPY app.py /app.py\nCMD ["python", "/app.py"]\n'


@pytest.mark.parametrize(
    ("build", "verdict", "why"),
    [
        pytest.param("ENV HF_HOME=/hf\nRUN hf download org/model\n", Verdict.FOUND, "", id="found"),
        pytest.param(
            "RUN HF_HOME=/build hf download org/model\nENV HF_HOME=/hf\n",
            Verdict.ELSEWHERE,
            "it is baked at /build/hub/models--org--model",
            id="elsewhere",
        ),
        pytest.param("ENV HF_HOME=/hf\n", Verdict.MISSING, "nothing puts it into the image", id="missing"),
        pytest.param(
            "ENV HF_HOME=/hf\nRUN mkdir -m 700 /hf && hf download org/model\nUSER 1000\n",
            Verdict.UNREADABLE,
            "/hf is closed to 1000",
            id="unreadable",
        ),
        pytest.param(
            "ARG D\nENV HF_HOME=$D\nRUN hf download org/model\n",
            Verdict.UNKNOWN,
            "ARG D has no default",
            id="unknown",
        ),
    ],
)
def test_verdicts(build: str, verdict: Verdict, why: str) -> None:
    (found,) = inspected(f"FROM base\n{build}{STARTS}", {"app.py": LOOKS_UP}).looked_up
    assert (found.verdict, found.why) == (verdict, why)


def test_what_is_not_found_and_not_forbidden_is_downloaded() -> None:
    missing = inspected(f"FROM base\nENV HF_HOME=/hf\n{STARTS}", {"app.py": LOOKS_UP})
    assert [(d.moment, d.subject) for d in missing.downloads] == [("start", "org/model")]
    offline = inspected(f"FROM base\nENV HF_HOME=/hf HF_HUB_OFFLINE=1\n{STARTS}", {"app.py": LOOKS_UP})
    assert offline.downloads == ()
    assert [load.offline_by and load.offline_by.name for load in offline.looked_up] == ["HF_HUB_OFFLINE"]


def test_bytes_are_those_of_the_packs() -> None:
    code = "from f5_tts.api import F5TTS\nF5TTS('F5TTS_v1_Base')\n"
    found = inspected(f"FROM base\nRUN pip install f5-tts==1.1.9\n{STARTS}", {"app.py": code})
    assert [(d.subject, d.size) for d in found.downloads] == [
        ("SWivid/F5-TTS", 1_350_000_000),
        ("charactr/vocos-mel-24khz", 54_000_000),
    ]


def test_a_model_is_followed_to_where_it_ends_up() -> None:
    text = (
        "FROM base AS models\nRUN mkdir -p /keep && hf download org/m w.bin --local-dir /d && mv /d/w.bin /keep/w.bin\n"
        "FROM base\nCOPY --from=models /keep /models\n"
    )
    (found,) = inspected(text).baked
    assert (found.path, found.stage) == ("/models/w.bin", 1)
    assert [note.partition(":")[0] for note in found.notes] == ["line 2", "line 4 copies it to /models/w.bin"]


def test_a_model_that_is_renamed_on_its_way_is_followed_too() -> None:
    text = "FROM base\nRUN hf download org/m w.bin --local-dir /d && mkdir /keep && mv /d/w.bin /keep/model.bin\n"
    (found,) = inspected(text).baked
    assert (found.path, found.mark) == ("/keep/model.bin", Mark.BAKED)


def test_a_module_that_loads_when_it_is_imported_says_import() -> None:
    context = {"app.py": "import models\n", "models.py": LOOKS_UP}
    (found,) = inspected(f"FROM base\nCOPY models.py /models.py\n{STARTS}", context).looked_up
    assert found.moment == "import"


def test_the_process_is_followed_through_its_scripts_with_what_they_export() -> None:
    start = "#!/bin/sh\nset -e\nexport HF_HOME=/cache\nexec python /app.py\n"
    text = 'FROM base\nENV MODE=fast\nCOPY --chmod=755 start.sh app.py /\nCMD ["/start.sh"]\n'
    process = inspected(text, {"start.sh": start, "app.py": LOOKS_UP}).process
    assert process is not None
    assert [
        (link.kind, link.path or link.text, link.where.path, link.where.line) for link in process.chain
    ] == [
        ("script", "/start.sh", "Dockerfile", 4),
        ("command", "python /app.py", "start.sh", 4),
        ("program", "/app.py", "start.sh", 4),
    ]
    found = {
        v.name: (v.value.texts, [o.where and o.where.path for o in v.value.because])
        for v in process.environment
    }
    assert found["HF_HOME"] == (("/cache",), ["start.sh"])
    assert found["MODE"] == (("fast",), ["Dockerfile"])
    assert found["CLOUD_ID"] == ((), [])


def test_the_second_reader_is_always_asked() -> None:
    assert scene().disagreements == ()
    found = inspected("FROM base\n  \\\nRUN a\n").disagreements
    assert [(d.where.line, d.ours, d.theirs) for d in found] == [
        (2, "nothing", "\\ on lines 2 to 3: RUN a"),
        (3, "RUN on line 3: a", "nothing"),
    ]


def test_secrets_are_masked_wherever_they_stand() -> None:
    token = "hf_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0xFqL"
    text = f"FROM base\nENV HF_TOKEN={token} DB_PASSWORD=correcthorse\nRUN hf auth login --token {token}\n"
    said = repr(inspected(text))
    assert token not in said
    assert "correcthorse" not in said


def test_a_stage_built_on_another_shows_what_it_inherits() -> None:
    found = inspected("FROM base AS first\nRUN mkdir /a\nFROM first\nRUN mkdir /b\n")
    second = {r.path: r.is_inherited for r in found.stages[1].files}
    assert second == {"/a": True, "/b": False}
    assert [stage.is_image for stage in found.stages] == [True, True]


def test_a_fragment_has_neither_image_nor_process() -> None:
    found = inspected("RUN echo no stage\n")
    assert (found.image, found.process, found.stages) == (None, None, ())


def test_a_tree_without_end_is_cut_and_counted() -> None:
    text = "".join(f"RUN mkdir {' '.join(f'/{n}-{m}' for m in range(2000))}\n" for n in range(3))
    found, left_out = rows(
        facts_of(f"FROM base\n{text}").traces[0], (), lambda _path, _entry: Fate(Mark.BAKED)
    )
    assert (len(found), left_out) == (5000, 1000)


@pytest.fixture(scope="module", params=FILES)
def real(request: pytest.FixtureRequest) -> Inspection:
    path = os.path.join(ROOT, request.param)
    found = inspect_target(target_of(Found(request.param, path), Settings()), Settings())
    assert isinstance(found, Inspection), found
    return found


def test_laws(real: Inspection) -> None:
    for stage in real.stages:
        _each_write_once(stage)
        _steps_lead_to_the_tree(stage, real)


def _each_write_once(stage: StageView) -> None:
    shown = [r.path for r in stage.files]
    assert len(shown) == len(set(shown))
    drawn, waiting = [], list(nested(stage.files))
    while waiting:
        node = waiting.pop()
        drawn += [node.row.path] if node.row else []
        waiting += node.children
    assert sorted(drawn) == sorted(shown)


def _steps_lead_to_the_tree(stage: StageView, inspection: Inspection) -> None:
    """Whoever follows the steps one by one comes to the tree."""
    there: set[str] = set()
    for step in stage.steps:
        there |= {c.path for c in step.changes if c.kind in {ChangeKind.ADDED, ChangeKind.CHANGED}}
        there -= {c.path for c in step.changes if c.kind is ChangeKind.REMOVED}
    own = [r for r in stage.files if not r.is_inherited and r.path != "/"]
    held = {Mark.BAKED, Mark.UNREADABLE, Mark.LEFT}
    assert {r.path for r in own if r.mark in held or (r.mark is Mark.HIDDEN and r.is_sure)} <= there
    if not any(other.parent == stage.index for other in inspection.stages):
        assert not {r.path for r in own if r.mark is Mark.REMOVED} & there


@pytest.mark.parametrize("path", FILES[::7])
def test_every_write_of_the_trace_is_in_the_tree_once(path: str) -> None:
    target = target_of(Found(path, os.path.join(ROOT, path)), Settings())
    facts = facts_of(target.source.text)
    facts = type(facts)(facts.document, replace(facts.world, context=target.context))
    found = inspect(facts, (), "", "")
    written = [
        (w.path, w.tool) for trace in facts.traces for step in trace.steps for w in step.effects.writes
    ]
    shown = [(r.path, w.tool) for stage in found.stages for r in stage.files for w in r.writes]
    assert sorted(shown) == sorted(written)
