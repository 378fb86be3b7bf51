"""The packs that come with dfguard: every fact has a source and a date, every reference between them is good."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from dfguard.core.record import Record, values
from dfguard.knowledge.caches import FromLibrary, FromPath
from dfguard.knowledge.load import load_knowledge
from dfguard.knowledge.model import TABLES, distribution_name
from dfguard.knowledge.pack_files import read_tables
from dfguard.knowledge.packs import compiled_tables, plain, revive, rules_folder
from dfguard.knowledge.sourced import Sourced, Status
from dfguard.knowledge.versions import holds, intervals, overlap

if TYPE_CHECKING:
    from collections.abc import Iterator

KNOWLEDGE = load_knowledge()


def _records(value: object) -> Iterator[Record]:
    if isinstance(value, tuple):
        for item in value:
            yield from _records(item)
    elif isinstance(value, Record):
        yield value
        for item in values(value).values():
            yield from _records(item)


ALL = [record for table in TABLES for record in _records(getattr(KNOWLEDGE, table))]


def test_every_entry_has_a_source_and_a_date() -> None:
    entries = [record for record in ALL if isinstance(record, Sourced)]
    assert len(entries) > 300
    for entry in entries:
        assert entry.source
        assert all(text.strip() for text in entry.source), entry
        assert date(2025, 1, 1) < date.fromisoformat(entry.checked) <= datetime.now(UTC).date(), entry
        assert (entry.status is Status.KNOWN) or "general knowledge" not in entry.source[0], entry


def test_every_version_range_can_be_read() -> None:
    for record in ALL:
        for name, value in values(record).items():
            if name in {"versions", "range", "unpinned", "is_fatal_in"}:
                assert intervals(value) is not None, (record, value)


def test_cache_rules_name_libraries_that_exist_and_end_in_something() -> None:
    for library in KNOWLEDGE.caches.libraries:
        for row in library.directories:
            assert any(isinstance(rule, FromPath | FromLibrary) for rule in row.rules), library.id
            for rule in (*row.rules, *row.others):
                if isinstance(rule, FromLibrary):
                    assert KNOWLEDGE.cache_library(rule.library), (library.id, rule)
        assert library.distribution == distribution_name(library.distribution)


def test_cache_rows_leave_no_version_out_and_none_twice() -> None:
    for library in KNOWLEDGE.caches.libraries:
        for version in ("0.1", "1.0", "2.0.85", "4.21.3", "4.22", "4.36.0", "5.0", "0.19.0", "0.30.0", "99"):
            fitting = [row for row in library.directories if _holds(row.versions, version)]
            assert len(fitting) == 1, (library.id, version)


def _holds(versions: str, version: str) -> bool:
    return bool(holds(versions, version))


def test_loaders_name_libraries_and_roles_that_exist() -> None:
    roles = {"subject"}
    for loader in KNOWLEDGE.loaders.python:
        roles |= {role for role, _ in loader.arguments}
        for name in (loader.library, loader.hub_library, *(item.library for item in loader.items)):
            assert not name or KNOWLEDGE.cache_library(name), (loader.id, name)
        own = {role for role, _ in loader.arguments}
        assert {item.unless for item in loader.items} - {""} <= own, loader.id
        assert {need.role for need in loader.needs} <= own, loader.id
    for command in KNOWLEDGE.loaders.commands:
        assert not command.library or KNOWLEDGE.cache_library(command.library), command.id
        assert {role for role, _ in command.options} <= roles, command.id
        assert set(command.many) <= {name for _, names in command.options for name in names} | set(
            command.values
        )


def test_patterns_of_base_images_compile_and_fit_their_templates() -> None:
    for image in KNOWLEDGE.base_images.images:
        groups = (
            set(re.compile(image.tag).groupindex) | {"tag"} | {f"{n}_digits" for n, _ in image.digit_groups}
        )
        for text in re.findall(r"\{(\w+)\}", repr([v for n, v in values(image).items() if n != "tag"])):
            assert text in groups, (image.id, text)
        if image.versions:
            assert "version" in groups


@pytest.mark.parametrize("grammar", KNOWLEDGE.base_images.grammars, ids=lambda grammar: grammar.repository)
def test_a_grammar_takes_its_own_example(grammar: object) -> None:
    from dfguard.knowledge.images import TagGrammar

    assert isinstance(grammar, TagGrammar)
    assert any(re.fullmatch(pattern, grammar.example) for pattern in grammar.patterns)
    assert not any(re.fullmatch(never.pattern, grammar.example) for never in grammar.never)


def test_mount_points_are_absolute_and_clean() -> None:
    for platform in KNOWLEDGE.platforms:
        for mount in platform.mounts:
            assert mount.path is None or (mount.path.startswith("/") and not mount.path.endswith("/")), (
                platform.id
            )


def test_the_compiled_form_gives_back_the_very_records() -> None:
    tables = read_tables(rules_folder())
    for name in TABLES:
        assert revive(name, plain(tables[name])) == tables[name] == getattr(KNOWLEDGE, name)
    assert set(compiled_tables(rules_folder())) == {*TABLES, "starters", "api_modules", "wrapper_names"}


def test_a_second_run_reads_no_yaml() -> None:
    load_knowledge().loader_for_call("transformers.pipeline")
    code = (
        "import sys; from dfguard.knowledge.load import load_knowledge; k = load_knowledge();"
        "k.platform('docker'); k.base_image('python:3.12'); k.cache_library('nltk'); k.package('torch'); k.gpu;"
        "k.loader_for_call('whisper.load_model'); k.downloader(('wget',)); k.profile('default');"
        "print(sorted({'yaml', 'json', 'dataclasses', 'packaging', 'inspect'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_the_api_table_is_whole() -> None:
    """Its ranges are disjoint, its names are renamed to what is taken, its distributions are known to the package table."""
    api = KNOWLEDGE.api
    assert len(api.calls) > 80
    assert len(api.gone) > 20
    for callee in api.calls:
        ranges = [accepted.versions for accepted in callee.accepts]
        assert not any(overlap(a, b) for at, a in enumerate(ranges) for b in ranges[:at]), callee.id
        taken = {word for accepted in callee.accepts for word in accepted.keywords}
        assert all(new in taken for _, new in callee.renamed), callee.id
        assert all(word.isidentifier() for word in taken), callee.id
        assert KNOWLEDGE.callees(callee.names[0])
    for gone in api.gone:
        assert gone in KNOWLEDGE.gone(f"{gone.name}.below")
        assert gone.instead != gone.name


@pytest.mark.parametrize(
    ("version", "name", "taken", "refused"),
    [
        ("0.6.2", "f5_tts.api.F5TTS", "model_type local_path vocoder_name", "model vocoder_local_path"),
        ("1.0.0", "f5_tts.api.F5TTS", "model vocoder_local_path", "model_type local_path vocoder_name"),
        ("0.6.2", "f5_tts.api.F5TTS().infer", "file_spect", "file_spec"),
        ("1.1.22", "f5_tts.api.F5TTS().infer", "file_spec", "file_spect"),
        ("0.36.0", "huggingface_hub.snapshot_download", "resume_download local_dir_use_symlinks", "filename"),
        (
            "2.4.0",
            "huggingface_hub.hf_hub_download",
            "resume_download local_dir_use_symlinks",
            "use_auth_token",
        ),
    ],
)
def test_what_is_known_of_callables(version: str, name: str, taken: str, refused: str) -> None:
    (callee,) = KNOWLEDGE.callees(name)
    (accepted,) = [a for a in callee.accepts if holds(a.versions, version)]
    assert set(taken.split()) <= set(accepted.keywords)
    assert not set(refused.split()) & set(accepted.keywords)
