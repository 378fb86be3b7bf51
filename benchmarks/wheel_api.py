"""A wheel to what can be called in it: the modules' text is parsed, nothing is imported or run.

Everything that cannot be told for certain is `Unread` with the reason: a decorator that nobody has looked at, a class made
by a metaclass, a base class of another distribution, two definitions that differ.
"""

from __future__ import annotations

import ast
import re
import zipfile
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from wheel_nodes import bound_by, dotted, named, statements, words, writes_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
NEUTRAL = frozenset(
    [
        "no_grad",
        "inference_mode",
        "abstractmethod",
        "staticmethod",
        "classmethod",
        "wraps",
        "overload",
        "override",
        "experimental",
        "typechecked",
        "lru_cache",
        "cache",
        "contextmanager",
        "flag_as_download_call",
    ]
)
"""Decorators that take and hand on what the function takes."""
TOLERANT = frozenset(
    [
        "validate_hf_hub_args",
        "_deprecate_arguments",
        "_deprecate_positional_args",
        "_deprecate_method",
        "deprecated_kwargs",
        "cross_encoder_init_args_decorator",
        "cross_encoder_predict_rank_args_decorator",
        "save_to_hub_args_decorator",
        "deprecated_use_auth_token",
        "future_compatible",
    ]
)
"""Decorators that take further arguments: every word in their text, and in what they call, counts as one."""
FOREIGN = frozenset(
    {
        "LightningModule",
        "pl.LightningModule",
        "nn.Module",
        "torch.nn.Module",
        "Module",
        "object",
        "ABC",
        "Generic",
    }
)
"""Base classes of other distributions, none of which defines what is looked up here but `__init__`."""


class Unread(Exception):
    """What cannot be told, with the reason."""


class Signature(NamedTuple):
    """The keywords a callee takes; `takes_others`: any besides. `home` is the dotted name it is defined under."""

    keywords: tuple[str, ...]
    takes_others: bool
    is_of_instance: bool
    home: str
    file: str


class _Bound(NamedTuple):
    """What a name is in a module: a definition, a dotted name elsewhere (`target`), or an expression."""

    module: str
    definition: Definition | None = None
    target: str = ""
    value: ast.expr | None = None


class Wheel:
    """One wheel, by dotted names."""

    def __init__(self, path: Path) -> None:
        """Keep the path; modules are parsed when they are asked for."""
        self._zip = zipfile.ZipFile(path)
        self._files = {name for name in self._zip.namelist() if name.endswith(".py")}
        self._trees: dict[str, ast.Module] = {}
        self._found: dict[str, list[str]] = {}
        self._dynamic: dict[str, bool] = {}

    def has(self, name: str) -> bool:
        """Whether the dotted name surely is there (True) or surely not (False); raise Unread otherwise."""
        if self._file(name):
            return True
        module, _, last = name.rpartition(".")
        if not self._file(module):
            if self._has_folder(module):
                return False
            raise Unread(f"no module {module}")
        if self._bound(module, last) is not None:
            return True
        if not self._is_named(last):
            return False
        if self._is_dynamic(module):
            raise Unread(f"{module} makes its names when they are asked for")
        return False

    def exports(self, module: str) -> frozenset[str]:
        """Every name that can be imported from a module; raise Unread where it makes some when asked, KeyError when absent."""
        if not self._file(module):
            raise KeyError(module)
        if self._is_dynamic(module) or any(map(writes_names, ast.walk(self._tree(module)))):
            raise Unread(f"{module} makes its names when they are asked for")
        folder = f"{module.replace('.', '/')}/"
        below = {name.removeprefix(folder) for name in self._zip.namelist() if name.startswith(folder)}
        found = {name.partition("/")[0].partition(".")[0] for name in below}
        for node in statements(self._tree(module).body):
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
                found |= self._starred(self._source(module, node))
            else:
                found |= set(bound_by(node))
        return frozenset(found - {""})

    def _starred(self, source: str) -> set[str]:
        if not self._file(source):
            raise Unread(f"a star import of {source}")
        for node in statements(self._tree(source).body):
            if isinstance(node, ast.Assign) and dotted(node.targets[0]) == "__all__":
                return set(words(node.value))
        return {name for name in self.exports(source) if not name.startswith("_")}

    def signature(self, name: str) -> Signature:
        """What the dotted name takes (`pkg.Class`: its constructor, `pkg.Class.method`); raise Unread, KeyError when absent."""
        owner, found = self._find(name)
        home = (
            [found.module]
            if owner is None
            else [owner.module, owner.definition.name if owner.definition else "?"]
        )
        match found.definition:
            case ast.ClassDef():
                made = self._constructor(found)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                made = self._function(found.module, found.definition, is_method=owner is not None)
                # what an instance made beside it is asked for goes by the name of the module
                home = [] if owner is not None and name.count(".") < 2 else home
            case _:
                raise Unread(f"{name} is no definition")
        return made._replace(home=".".join([*home, found.definition.name]) if home else name)

    def _find(self, name: str) -> tuple[_Bound | None, _Bound]:
        """The class a name is a member of (None: of a module) and what it is."""
        parts = name.split(".")
        for count in range(len(parts) - 1, 0, -1):
            module = ".".join(parts[:count])
            if self._file(module):
                return self._member(module, parts[count:], 0)
        raise KeyError(name)

    def _member(self, module: str, rest: list[str], depth: int) -> tuple[_Bound | None, _Bound]:
        bound = self._followed(module, rest[0], depth)
        if len(rest) == 1:
            return self._of_instance(bound) if bound.value is not None else (None, bound)
        if isinstance(bound.definition, ast.ClassDef) and len(rest) == 2:
            return bound, self._method(bound, rest[1])
        raise Unread(f"{module}.{'.'.join(rest)} is no method")

    def _of_instance(self, bound: _Bound) -> tuple[_Bound | None, _Bound]:
        """`download = _downloader.download` with `_downloader = Downloader()`."""
        value = bound.value
        if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name):
            made = self._followed(bound.module, value.value.id, 0)
            if isinstance(made.value, ast.Call) and isinstance(made.value.func, ast.Name):
                owner = self._followed(made.module, made.value.func.id, 0)
                if isinstance(owner.definition, ast.ClassDef):
                    return owner, self._method(owner, value.attr)
        raise Unread("an expression")

    def _followed(self, module: str, name: str, depth: int) -> _Bound:
        if depth > 12:
            raise Unread("imports in a circle")
        bound = self._bound(module, name)
        if bound is None:
            if self._is_dynamic(module) and self._is_named(name):
                raise Unread(f"{module} makes {name} when it is asked for")
            raise KeyError(f"{module}.{name}")
        if not bound.target:
            return bound
        owner, _, last = bound.target.rpartition(".")
        if not self._file(owner):
            raise Unread(f"{bound.target} is of another distribution")
        return self._followed(owner, last, depth + 1)

    def _method(self, owner: _Bound, name: str) -> _Bound:
        for found in self._ancestors(owner):
            own = [
                n
                for n in statements(_class(found).body)
                if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and n.name == name
            ]
            own = [n for n in own if "overload" not in map(dotted, n.decorator_list)]
            if len(own) > 1:
                raise Unread(f"{name} is defined twice")
            if own:
                return _Bound(found.module, own[0])
        raise KeyError(f"{owner.module}.{name}")

    def _ancestors(self, owner: _Bound) -> Iterator[_Bound]:
        """The class, then its bases, leftmost first; raise Unread at one that cannot be read."""
        yield owner
        for base in _class(owner).bases:
            text = dotted(base.value if isinstance(base, ast.Subscript) else base)
            if text in FOREIGN or text.rpartition(".")[2] in FOREIGN:
                continue
            try:
                found = None if "." in text else self._followed(owner.module, text, 0)
            except KeyError:
                found = None
            if found is None or not isinstance(found.definition, ast.ClassDef):
                raise Unread(f"base class {text}")
            yield from self._ancestors(found)

    def _constructor(self, owner: _Bound) -> Signature:
        definition = _class(owner)
        if any(
            k.arg == "metaclass" and dotted(k.value) not in {"ABCMeta", "abc.ABCMeta"}
            for k in definition.keywords
        ):
            raise Unread("a metaclass")
        if definition.decorator_list:
            raise Unread(f"decorated class: {dotted(definition.decorator_list[0])}")
        if any(isinstance(n, ast.FunctionDef) and n.name == "__new__" for n in definition.body):
            raise Unread("__new__")
        found = self._method(owner, "__init__")
        if not isinstance(found.definition, ast.FunctionDef):
            raise Unread("an odd constructor")
        made = self._function(found.module, found.definition, is_method=True)
        return made._replace(is_of_instance=False)

    def _function(
        self, module: str, node: ast.FunctionDef | ast.AsyncFunctionDef, *, is_method: bool
    ) -> Signature:
        extra: list[str] = []
        names = [dotted(d) for d in node.decorator_list]
        for name, decorator in zip(names, node.decorator_list, strict=True):
            last = name.rpartition(".")[2]
            if last in TOLERANT:
                extra += self._tolerated(module, name, decorator)
            elif last not in NEUTRAL:
                raise Unread(f"decorator {name}")
        arguments = node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        drop = int(is_method and "staticmethod" not in names)
        named = positional[max(drop, len(arguments.posonlyargs)) :]
        own = [a.arg for a in (*named, *arguments.kwonlyargs)]
        return Signature(
            tuple(dict.fromkeys((*own, *(word for word in sorted(set(extra)) if word not in own)))),
            arguments.kwarg is not None,
            is_method and not {"staticmethod", "classmethod"} & set(names),
            "",
            self._file(module) or "",
        )

    def _tolerated(self, module: str, name: str, decorator: ast.expr) -> Iterable[str]:
        """Every word in the decorator's call and in the functions of its module that it leads to."""
        yield from words(decorator)
        yield from (node.arg for node in ast.walk(decorator) if isinstance(node, ast.keyword) and node.arg)
        bound = self._followed(module, name.rpartition(".")[2], 0)
        tree = self._tree(bound.module)
        functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
        waiting, seen = [bound.definition], set()
        while waiting:
            node = waiting.pop()
            if node is None or node.name in seen:
                continue
            seen.add(node.name)
            yield from words(node)
            used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
            waiting += [functions[other] for other in used & functions.keys()]

    def _bound(self, module: str, name: str) -> _Bound | None:
        found = list(self._bindings(module, name))
        defined = [
            b
            for b in found
            if b.definition is not None and "overload" not in map(dotted, b.definition.decorator_list)
        ]
        if len(defined) > 1:
            raise Unread(f"{module}.{name} is defined twice")
        return next(iter(defined or found), None)

    def _bindings(self, module: str, name: str) -> Iterator[_Bound]:
        for node in statements(self._tree(module).body):
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() if node.name == name:
                    yield _Bound(module, node)
                case ast.ImportFrom():
                    source = self._source(module, node)
                    for alias in node.names:
                        if (alias.asname or alias.name) == name:
                            yield _Bound(module, target=f"{source}.{alias.name}")
                        elif alias.name == "*" and source != module and self._gives(module, source, name):
                            yield _Bound(module, target=f"{source}.{name}")
                case ast.Import():
                    for alias in node.names:
                        if (alias.asname or alias.name.partition(".")[0]) == name:
                            yield _Bound(module, target=alias.name)
                case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                    yield (
                        _Bound(module, target=f"{module}.{value.id}")
                        if isinstance(value, ast.Name)
                        else _Bound(module, value=value)
                    )
                case ast.AnnAssign(target=ast.Name(id=target), value=value) if target == name and value:
                    yield _Bound(module, value=value)

    def _gives(self, module: str, source: str, name: str) -> bool:
        """Whether a star import brings the name. Where names are made when they are asked for (the star is there for type
        checkers), a source that nowhere has the word is not parsed.
        """
        if not self._file(source):
            return False
        folder = f"{source.replace('.', '/')}/"
        if self._is_dynamic(module) and not any(
            file.startswith(folder) or file == self._file(source) for file in self._holders(name)
        ):
            return False
        return self._exports(source, name)

    def _exports(self, module: str, name: str) -> bool:
        for node in statements(self._tree(module).body):
            if isinstance(node, ast.Assign) and dotted(node.targets[0]) == "__all__":
                return name in set(words(node.value))
        return not name.startswith("_") and self._bound(module, name) is not None

    def _source(self, module: str, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        is_package = (self._file(module) or "").endswith("/__init__.py")
        parts = module.split(".")
        base = parts[: len(parts) - node.level + is_package]
        return ".".join([*base, *([node.module] if node.module else [])])

    def _is_dynamic(self, module: str) -> bool:
        if module not in self._dynamic:
            tree = self._tree(module)
            names = (dotted(n) for n in ast.walk(tree) if isinstance(n, ast.Attribute | ast.Name))
            made = any(isinstance(n, ast.FunctionDef) and n.name == "__getattr__" for n in tree.body)
            self._dynamic[module] = made or not {"sys.modules", "__getattr__"}.isdisjoint(names)
        return self._dynamic[module]

    @cached_property
    def _texts(self) -> dict[str, bytes]:
        return {file: self._zip.read(file) for file in sorted(self._files)}

    def _holders(self, name: str) -> list[str]:
        """The files that have the word somewhere."""
        if name not in self._found:
            self._found[name] = [file for file, text in self._texts.items() if name.encode() in text]
        return self._found[name]

    def _is_named(self, name: str) -> bool:
        """Whether some module defines the name or has a string that is the name (`"Model"`, `"models.Model"`)."""
        return any(self._names(file, name) for file in self._holders(name))

    def _names(self, file: str, name: str) -> bool:
        try:
            return name in named(self._parsed(file))
        except Unread:
            said = rf"\b(?:class|def)\s+{name}\b|['\".]{name}['\"]|\b{name}\s*="
            return re.search(said.encode(), self._texts[file]) is not None

    def _has_folder(self, module: str) -> bool:
        return self._file(module.partition(".")[0]) is not None

    def _file(self, module: str) -> str | None:
        path = module.replace(".", "/")
        return next((name for name in (f"{path}/__init__.py", f"{path}.py") if name in self._files), None)

    def _tree(self, module: str) -> ast.Module:
        file = self._file(module)
        if file is None:
            raise Unread(f"no module {module}")
        return self._parsed(file)

    def _parsed(self, file: str) -> ast.Module:
        if file not in self._trees:
            try:
                self._trees[file] = ast.parse(self._zip.read(file).decode("utf-8", "replace"))
            except (SyntaxError, ValueError):
                raise Unread(f"{file} does not parse") from None
        return self._trees[file]


def _class(bound: _Bound) -> ast.ClassDef:
    if not isinstance(bound.definition, ast.ClassDef):
        raise Unread("no class")
    return bound.definition
