"""The package's modules to the bundle: each is compiled to what a check needs of it, and no more.

Left out: most docstrings, annotations of functions, what stands below `if TYPE_CHECKING:`, and the examples of rules.
`dfguard.bundle` reads the result; what shows examples (`rules`, `explain`, the docs) does without it.
"""

from __future__ import annotations

import ast
import importlib
import marshal
import os
import re
import sys
import zlib
from typing import TYPE_CHECKING, Any

from dfguard import bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

WHOLE = "cli.app"
"""The module whose annotations are read at run time (by Typer)."""
SHOWN = frozenset({"checks", "cli"})
"""The packages whose docstrings are shown."""
READY_MADE = "core.record"
"""The module that has code made in advance: its `ready_made` gives the text that is added."""
LEAN = {
    "Any": "object",
    "Protocol": "object",
    "TypeVar": "(lambda *names, **bounds: None)",
    "assert_never": "(lambda value: None)",
    "cast": "(lambda kind, value: value)",
}
"""What stands for the names that modules import from `typing`, which takes 3 ms to load."""
EXAMPLES = ("bad", "good")
PATTERN = "_ready_pattern"
BEFORE_FLAGS = {
    "compile": 0,
    "match": 1,
    "search": 1,
    "fullmatch": 1,
    "findall": 1,
    "finditer": 1,
    "split": 2,
    "sub": 3,
    "subn": 3,
}
"""The functions of `re` that take a pattern, and how many arguments may stand between it and the flags."""


def keep() -> None:
    """Compile every module and write the bundle anew; does nothing where that is not possible."""
    if sys.dont_write_bytecode or not os.access(os.path.dirname(bundle.PATH), os.W_OK):
        return
    stamp = bundle.stamp()
    try:
        modules = list(_modules())
    except OSError:
        return
    index, codes, at = {}, [], 0
    numbers = {name: number for number, (name, *_) in enumerate(modules)}
    for name, is_package, (code, needed) in modules:
        imported = tuple(numbers[n] for n in needed if n in numbers)
        index[name] = (is_package, at, len(code), zlib.crc32(code), imported)
        codes.append(code)
        at += len(code)
    head = bundle.sealed(marshal.dumps((stamp, index)))
    bundle.write(bundle.PATH, b"".join((len(head).to_bytes(4, "big"), head, *codes)))


def _modules() -> Iterator[tuple[str, bool, tuple[bytes, list[str]]]]:
    """Name, whether it is a package, and the compiled code of every module that compiles."""
    for folder in bundle.folders(bundle.PACKAGE):
        inside = os.path.relpath(folder, bundle.PACKAGE).replace(os.sep, ".")
        base = bundle.NAME if inside == "." else f"{bundle.NAME}.{inside}"
        for name in sorted(os.listdir(folder)):
            if not name.endswith(".py"):
                continue
            is_package = name == "__init__.py"
            file = os.path.join(folder, name)
            module = base if is_package else f"{base}.{name[:-3]}"
            compiled = _compiled(module, file)
            if compiled is not None:
                yield module, is_package, compiled


def _compiled(name: str, file: str) -> tuple[bytes, list[str]] | None:
    """The marshalled code of a module and the modules it imports when it is run; None when it does not compile."""
    with open(file, "rb") as stream:
        source = stream.read()
    inside = name.partition(".")[2]
    shows = inside.partition(".")[0] in SHOWN
    try:
        if name == f"{bundle.NAME}.{READY_MADE}":
            source += importlib.import_module(name).ready_made().encode()
        tree = ast.parse(source)
        if inside != WHOLE:
            tree = lean(tree, name)
        code = compile(tree, file, "exec", dont_inherit=True, optimize=0 if shows else 2)
    except SyntaxError:
        return None
    return marshal.dumps(code), list(dict.fromkeys(_imported(tree.body)))


def _imported(body: list[ast.stmt]) -> Iterator[str]:
    """The dotted names that running these statements imports, functions left out."""
    for node in body:
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module
                yield from (f"{module}.{alias.name}" for alias in node.names)
            case ast.If(body=inner, orelse=other):
                yield from _imported([*inner, *other])


def lean(tree: ast.Module, name: str) -> ast.Module:
    """The module of that name without what is not read at run time."""
    made: ast.Module = ast.fix_missing_locations(_Lean(name).visit(tree))
    return made


class _Lean(ast.NodeTransformer):
    """Takes away what is not read at run time."""

    def __init__(self, name: str) -> None:
        self._name = name

    def visit_Module(self, node: ast.Module) -> ast.AST:
        """A module that knows how to make compiled patterns."""
        self.generic_visit(node)
        at = next((n for n, s in enumerate(node.body) if getattr(s, "module", "") == "__future__"), -1) + 1
        node.body[at:at] = ast.parse(f"from {bundle.__name__} import pattern as {PATTERN}").body
        return node

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        """Of `if TYPE_CHECKING:` the other branch."""
        self.generic_visit(node)
        is_typing = isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        return (node.orelse or ast.Pass()) if is_typing else node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | list[ast.stmt]:
        """Of `from typing import ...` the names that have a stand-in."""
        if node.module != "typing" or not all(
            a.name in LEAN or a.name == "TYPE_CHECKING" for a in node.names
        ):
            return node
        made = [f"{alias.asname or alias.name} = {LEAN.get(alias.name, 'False')}" for alias in node.names]
        return [ast.copy_location(s, node) for text in made for s in ast.parse(text).body]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """A function without annotations."""
        self.generic_visit(node)
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        for argument in (*every, arguments.vararg, arguments.kwarg):
            if argument is not None:
                argument.annotation = None
        node.returns = None
        node.body = [s for s in node.body if not (isinstance(s, ast.AnnAssign) and s.value is None)] or [
            ast.Pass()
        ]
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """A rule with a stand-in for each list of examples; a pattern compiled in advance."""
        ready = _with_ready_pattern(node, self._name)
        if ready is not None:
            self.generic_visit(ready)
            return ready
        if isinstance(node.func, ast.Name) and node.func.id == "rule":
            for keyword in node.keywords:
                if keyword.arg in EXAMPLES:
                    keyword.value = ast.Tuple([ast.Constant(None)], ast.Load())
        self.generic_visit(node)
        return node


def _with_ready_pattern(node: ast.Call, module: str) -> ast.Call | None:
    """The call of a function of `re` as one of a pattern that was compiled in advance; None for any other call."""
    match node.func:
        case ast.Attribute(value=ast.Name(id="re"), attr=function) if function in BEFORE_FLAGS:
            between = BEFORE_FLAGS[function]
        case _:
            return None
    flags = [k.value for k in node.keywords if k.arg == "flags"] or node.args[1 + between :]
    words = [*node.args[:1], *flags]
    if not words or not all(map(_is_constant, words)):
        return None
    pattern, *rest = (_value(word, module) for word in words)
    parts: Any = _pattern_parts(pattern, int(rest[0]) if rest else 0)
    ready = ast.Call(ast.Name(PATTERN, ast.Load()), [ast.Constant(parts)], [])
    if function != "compile":
        method = ast.Attribute(ready, function, ast.Load())
        others = [keyword for keyword in node.keywords if keyword.arg != "flags"]
        ready = ast.Call(method, node.args[1 : 1 + between], others)
    return ast.copy_location(ready, node)


def _is_constant(node: ast.expr) -> bool:
    """Whether a pattern or flags are made of constants of the module alone, by their names."""
    return not any(
        isinstance(part, ast.Call | ast.Starred)
        or (isinstance(part, ast.Name) and part.id != "re" and not part.id.isupper())
        for part in ast.walk(node)
    )


def _value(node: ast.expr, module: str) -> Any:
    has_names = any(isinstance(part, ast.Name) and part.id != "re" for part in ast.walk(node))
    space = vars(importlib.import_module(module)) if has_names else {"re": re}
    return eval(compile(ast.Expression(node), "", "eval"), dict(space))  # noqa: S307  our own source


def _pattern_parts(pattern: str, flags: int) -> tuple[Any, ...]:
    """What Python's own compiler of patterns hands to `_sre.compile`, without lists and dictionaries (`bundle.pattern`); the
    bundle is for this version of Python alone.
    """
    compiler: Any = importlib.import_module("re._compiler")
    engine, taken = compiler._sre, []  # noqa: SLF001

    class Taking:
        def __getattr__(self, name: str) -> Any:
            return getattr(engine, name)

        def compile(self, *parts: Any) -> Any:
            taken.append(parts)
            return engine.compile(*parts)

    compiler._sre = Taking()  # noqa: SLF001
    try:
        compiler.compile(pattern, flags)
    finally:
        compiler._sre = engine  # noqa: SLF001
    text, chosen, code, groups, names, indexes = taken[0]
    return text, int(chosen), tuple(map(int, code)), groups, tuple(names.items()), tuple(indexes)
