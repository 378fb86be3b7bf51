"""Commands that run another command (`sudo`, `env`, `timeout 5`, `conda run -n x`) to the inner command's words.

What each takes for itself stands in rules/tables/wrappers.yaml.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.core.record import Record
from dfguard.interp.shell import getopt
from dfguard.interp.values import known, prefix_of, rest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dfguard.interp.shell.expansion.words import Field
    from dfguard.interp.values import Value
    from dfguard.knowledge.wrappers import Option, Taken, Wrapper


class Wrapped(Record):
    """What a wrapper leaves: the inner words, variables it sets, names it unsets.

    `clears`: the environment is emptied first; `user` who runs it; `folder` where it runs (None: where the wrapper does).
    `is_program`: builtins and functions are not found. `name` is the wrapper as reported (`poetry run`), `own` its words
    behind its name. `is_of_project`: it finds programs that are not on PATH, and may bring a project's environment up to date.
    """

    name: str
    words: tuple[Field, ...]
    own: tuple[Field, ...]
    variables: tuple[tuple[str, Value], ...] = ()
    unset: tuple[str, ...] = ()
    clears: bool = False
    user: str | None = None
    folder: Field | None = None
    is_program: bool = True
    is_of_project: bool = False


def unwrap(wrapper: Wrapper, name: str, words: Sequence[Field], *, is_start: bool = False) -> Wrapped | None:
    """The wrapper taken off; None when the command wraps nothing that can be followed. `words` are all words, the wrapper's
    first, which has that `name` in the end. `is_start`: it is what the container starts, and no script of the Dockerfile's own; then the base image's
    entry scripts count, and what only matters while files are made does not.
    """
    if not (wrapper.leads_on if is_start else wrapper.is_transparent and not wrapper.is_pretence):
        return None
    from dfguard.knowledge.wrappers import Role, taken

    found = taken([(prefix_of(word.value), known(word.value) is not None) for word in words], wrapper)
    if found is None or prefix_of(words[found.end].value).startswith("-"):
        return None
    own = tuple(words[1 : found.end])
    unset = (_value(words, option) for option in found.given(wrapper.unsets))
    return Wrapped(
        f"{name} {found.verb}" if found.verb else name,
        tuple(words[found.end :]),
        own,
        tuple(_assignments(words, found)),
        tuple(text for field in unset if field is not None and (text := known(field.value)) is not None),
        clears=bool(found.given(wrapper.clears)),
        user=_user(words, found),
        folder=_value(words, found.folder),
        is_program=wrapper.role is not Role.SHELL,
        is_of_project=wrapper.role is Role.PROJECT,
    )


def _value(words: Sequence[Field], option: Option | None) -> Field | None:
    """The value of an option, None when it has none."""
    if option is None or option.word is None:
        return None
    field = words[option.word]
    return getopt.cut(field, option.start) if option.start else field


def _user(words: Sequence[Field], found: Taken) -> str | None:
    field = _value(words, found.user)
    return (known(field.value) if field is not None else None) or found.wrapper.default_user or None


def _assignments(words: Sequence[Field], found: Taken) -> list[tuple[str, Value]]:
    """The `NAME=value` words in front of the program."""
    made: list[tuple[str, Value]] = []
    for field in words[found.variables : found.end] if found.wrapper.sets_variables else ():
        name = prefix_of(field.value).partition("=")[0]
        made.append((name, rest_of(field.value, len(name) + 1)))
    return made
