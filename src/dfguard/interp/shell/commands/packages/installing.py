"""What every package manager shares: where installs land, and requirement words to packages."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from dfguard.interp.filesystem import paths
from dfguard.interp.state.model import Package
from dfguard.interp.values import known
from dfguard.knowledge.model import distribution_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from dfguard.core.source import Place, Text
    from dfguard.interp.shell.call import CommandCall


DEEPEST_INCLUDES = 8
LONGEST_REQUIREMENTS = 200_000


def add(call: CommandCall, packages: Iterable[Package]) -> None:
    """The shell's packages with these behind; each certain only when the command is."""
    made = tuple(packages)
    if made:
        call.shell.packages = (*call.shell.packages, *made)


def program_of(call: CommandCall) -> str:
    """The program as the command names it, with its path when it is given."""
    return (known(call.run.words[0]) if call.run.words else None) or call.tool


@cache
def _requirement() -> re.Pattern[str]:
    """A requirement after PEP 508: name, extras, and either `@ url` or a specifier with markers."""
    return re.compile(
        r"\s*(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[(?P<extras>[^\]]*)\])?\s*"
        r"(?:@\s*(?P<url>\S+)|(?P<specifier>\(?\s*(?:[<>=!~]=?=?)[^;]*)?(?P<marker>;.*)?)?\s*$",
        re.DOTALL,
    )


def requirement(
    text: str, place: Place, manager: str, tool: str, *, is_certain: bool = True, is_constraint: bool = False
) -> Package | None:
    """The package that one requirement names: a PEP 508 requirement, a wheel, an archive, a git address or a folder.

    None for a local folder whose name is not known, and for text that is none of these.
    """
    word = text.strip()
    if not word:
        return None
    url = _address(word)
    if url is not None:
        name = _name_of_address(word)
        if name is None:
            return None
        return Package(manager, name, place, url=url, tool=tool, is_certain=is_certain)
    found = _requirement().match(word)
    if found is None:
        return None
    extras = tuple(e.strip() for e in (found["extras"] or "").split(",") if e.strip())
    specifier = ((found["specifier"] or "").strip() + (found["marker"] or "")).strip()
    return Package(
        manager,
        distribution_name(found["name"]),
        place,
        specifier,
        extras,
        found["url"],
        tool,
        is_certain=is_certain,
        is_constraint=is_constraint,
    )


def local_folder(word: str, call: CommandCall) -> str:
    """A requirement that is a relative folder (`.`, `./lib[gpu]`) as the absolute one; any other as it is."""
    folder = word.partition("[")[0]
    inside = known(call.shell.cwd)
    is_local = folder in (".", "..") or folder.startswith(("./", "../"))
    return paths.clean(folder, inside) if is_local and inside is not None else word


def _address(word: str) -> str | None:
    is_address = "://" in word.partition(" ")[0].partition("@")[0] or word.startswith(
        ("git+", "./", "../", "/")
    )
    is_file = word.endswith((".whl", ".tar.gz", ".zip")) and "@ " not in word
    return word if is_address or is_file or word in (".", "..") else None


def _name_of_address(word: str) -> str | None:
    egg = re.search(r"[#&]egg=([A-Za-z0-9._-]+)", word)
    if egg:
        return distribution_name(egg[1])
    last = word.partition("#")[0].rstrip("/").rpartition("/")[2]
    if last.endswith(".whl"):
        return distribution_name(last.partition("-")[0])
    name = re.sub(r"(?:\.git)?(?:@[^/]*)?$", "", last)
    sdist = re.match(r"([A-Za-z0-9._]+?)-\d[^-]*\.(?:tar\.gz|zip)$", last)
    if sdist:
        return distribution_name(sdist[1])
    return distribution_name(name) if re.fullmatch(r"[A-Za-z0-9._-]+", name) and name.strip(".") else None


def requirements_file(
    call: CommandCall, name: str, manager: str, *, is_constraint: bool = False, depth: int = 0
) -> Iterator[Package]:
    """The packages of a requirements file of the image, `-r` and `-c` in it followed; notes a file that is not known.

    Source: pip.pypa.io/en/stable/reference/requirements-file-format.
    """
    content = _content(call, name)
    if content is None or depth > DEEPEST_INCLUDES or len(content.value) > LONGEST_REQUIREMENTS:
        call.unknown(f"what {name} requires is not known")
        return
    at = 0
    for line in content.value.replace("\\\n", "  ").splitlines(keepends=True):
        text = re.split(r"(?:^|\s)#", line, maxsplit=1)[0].strip()
        start, at = at, at + len(line)
        if not text:
            continue
        include = re.match(r"(-r|--requirement|-c|--constraint)[\s=]*(\S+)", text)
        if include:
            inner = paths.clean(include[2], paths.parent(_path(call, name) or "/"))
            limits = is_constraint or include[1] in ("-c", "--constraint")
            yield from requirements_file(call, inner, manager, is_constraint=limits, depth=depth + 1)
            continue
        if text.startswith("-"):
            text = re.sub(r"^(?:-e|--editable)[\s=]*", "", text)
        if text.startswith("-"):
            continue
        plain = re.split(r"\s+--", text, maxsplit=1)[0]
        first = start + len(line) - len(line.lstrip())
        place = content.place(first, min(first + len(plain), len(content.value)))
        made = requirement(
            plain,
            place,
            manager,
            program_of(call),
            is_certain=call.run.is_certain,
            is_constraint=is_constraint,
        )
        if made is not None:
            yield made


def _path(call: CommandCall, name: str) -> str | None:
    if name.startswith("/"):
        return paths.clean(name)
    folder = known(call.shell.cwd)
    return None if folder is None else paths.clean(name, folder)


def _content(call: CommandCall, name: str) -> Text | None:
    path = _path(call, name)
    return call.files.resolve(path).content if path is not None else None
