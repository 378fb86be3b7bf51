"""The bundle of byte code: same results with and without it, and never an old or broken one."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dfguard import bundling

ROOT = Path(__file__).parent.parent
WHICH = "import dfguard.bundle as b; b.install(); print(b.current is not None); import dfguard.core.record as r; print(r.__file__)"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and its rules, which tests only read; its first run has made the bundle."""
    root = tmp_path_factory.mktemp("copy")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "dfguard", root / "src" / "dfguard", ignore=ignored)
    shutil.copytree(ROOT / "rules", root / "rules", ignore=ignored)
    _python(root, "-m", "dfguard", "--version")
    return root


@pytest.fixture
def own_package(package: Path, tmp_path: Path) -> Path:
    """A copy for one test, which may change it; its bundle is made as well."""
    root = tmp_path / "own"
    shutil.copytree(package, root)
    _python(root, "-m", "dfguard", "--version")
    return root


def _python(root: Path, *words: str, cwd: Path | None = None, check: bool = True) -> str:
    keep = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment = {**keep, "PYTHONPATH": str(root / "src")}
    command = [sys.executable, *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=check, cwd=cwd)
    assert "Traceback" not in done.stderr
    return done.stdout


def test_a_run_makes_the_bundle_and_the_next_one_uses_it(package: Path) -> None:
    is_used, file = _python(package, "-c", WHICH).split()
    assert is_used == "True"
    assert file == str(package / "src" / "dfguard" / "core" / "record.py")


def test_findings_are_the_same_with_and_without_it(package: Path) -> None:
    words = (
        "check",
        "--fail-on",
        "never",
        "--format",
        "json",
        str(ROOT / "fixtures" / "origin" / "broken" / "Dockerfile.runpod"),
    )
    bundled = _python(package, "-m", "dfguard", *words)
    plain = _python(
        package,
        "-c",
        f"import sys; from dfguard.cli.check import run_check; from dfguard.cli.options import read_plainly; sys.exit(run_check(*read_plainly({words[1:]!r})))",
    )
    assert bundled == plain


def test_a_changed_module_puts_it_out_of_use_until_the_next_run(own_package: Path) -> None:
    module = own_package / "src" / "dfguard" / "core" / "nearest.py"
    module.write_text(module.read_text() + "\nCHANGED = True\n")
    assert _python(own_package, "-c", WHICH).split()[0] == "False"
    _python(own_package, "-m", "dfguard", "--version")
    assert _python(own_package, "-c", f"{WHICH}; import dfguard.core.nearest as n; print(n.CHANGED)").split()[
        ::2
    ] == ["True", "True"]


def test_a_broken_bundle_is_made_anew(own_package: Path) -> None:
    (bundle,) = (own_package / "src" / "dfguard" / "__pycache__").glob("bundle.*.bin")
    bundle.write_bytes(b"\x00broken")
    assert _python(own_package, "-m", "dfguard", "--version").startswith("dfguard")
    assert _python(own_package, "-c", WHICH).split()[0] == "True"


def test_a_damaged_bundle_changes_nothing_and_is_taken_away(own_package: Path) -> None:
    (bundle,) = (own_package / "src" / "dfguard" / "__pycache__").glob("bundle.*.bin")
    data = bundle.read_bytes()
    (own_package / "Dockerfile").write_text("FROM debian:12\nRUNN x\n")
    words = ("-m", "dfguard", "check", "--no-cache", "--fail-on", "never", "--maybe", "Dockerfile")
    sound = _python(own_package, *words, cwd=own_package)
    assert "DFG003" in sound
    middle = len(data) // 2
    for damaged in (
        data[:2000],
        data[:4] + b"\xe3" * 64 + data[68:],
        data[:middle] + bytes(len(data) - middle),
        data[:middle],
    ):
        bundle.write_bytes(damaged)
        assert _python(own_package, *words, cwd=own_package) == sound
        assert not bundle.exists() or bundle.read_bytes() != damaged


def test_damaged_packs_are_made_again(own_package: Path) -> None:
    code = "from dfguard.knowledge.packs import bundled; print(len(bundled().security.shapes))"
    sound = _python(own_package, "-c", code)
    (kept,) = (own_package / "src" / "dfguard" / "knowledge" / "__pycache__").glob("packs.*.bin")
    data = kept.read_bytes()
    for damaged in (data[: len(data) // 2], data[:5000] + b"\xe3" * 64 + data[5064:], b""):
        kept.write_bytes(damaged)
        assert _python(own_package, "-c", code) == sound
        assert kept.read_bytes() == data


def test_a_crash_names_the_same_file_and_line_with_and_without_it(package: Path) -> None:
    code = "import dfguard.bundle as b; {}\nimport dfguard.core.nearest as n\nprint(n.__file__, n.nearest.__code__.co_firstlineno, n.__package__)"
    assert _python(package, "-c", code.format("b.install()")) == _python(package, "-c", code.format("pass"))


def test_patterns_compiled_in_advance_are_the_same(package: Path) -> None:
    code = (
        "import dfguard.bundle as b; {}\nimport importlib, re, sys\n"
        "for name in ('dfguard.syntax.shell.grammar.lexer', 'dfguard.core.patterns', 'dfguard.syntax.shell.grammar.quoting'):\n"
        "    module = importlib.import_module(name)\n"
        "    print(name, *sorted(repr((n, p.pattern, p.flags, p.groups, dict(p.groupindex))) for n, p in vars(module).items() if isinstance(p, re.Pattern)))"
    )
    bundled = _python(package, "-c", code.format("b.install()"))
    assert bundled.count("('") > 1
    assert bundled == _python(package, "-c", code.format("pass"))


def test_every_module_is_in_it_and_loads(package: Path) -> None:
    code = (
        "import dfguard.bundle as b; b.install()\n"
        "for name in b.current.modules_below('dfguard'): b.current.load(name)\nprint(len(b.current.modules_below('dfguard')))"
    )
    files = [f for f in (package / "src").rglob("*.py") if f.name != "__init__.py"]
    assert int(_python(package, "-c", code)) == len(files)


@pytest.mark.skipif(not hasattr(os, "pread"), reason="nothing forks here")
def test_the_place_in_the_file_which_forked_processes_share_stays(package: Path) -> None:
    code = (
        "import dfguard.bundle as b; b.install(); place = b.current._file.tell()\n"
        "for name in b.current.modules_below('dfguard'): b.current.get_code(name)\n"
        "print(b.current._file.tell() == place)"
    )
    assert _python(package, "-c", code) == "True\n"


def test_the_constructors_of_records_are_made_in_advance(package: Path) -> None:
    before = "import dfguard.cli.again, dfguard.cli.options, dfguard.bundle as b; b.install()"
    code = f"{before}; import dfguard.core.record as r; print(len(r._templates))"
    assert int(_python(package, "-c", code)) == 32


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(r"re.compile(r'(?P<a>a+)(b)?').match('aab').groupdict()", id="compiled"),
        pytest.param(r"re.compile('A', re.IGNORECASE | re.MULTILINE).search('xa')[0]", id="flags"),
        pytest.param(r"re.match('A', 'a', re.IGNORECASE)[0]", id="flags behind the text"),
        pytest.param(r"re.search('^b', 'a\nb', flags=re.M).span()", id="flags by name"),
        pytest.param(r"re.sub('a', 'b', 'aaa', count=2)", id="another word by name"),
        pytest.param(r"re.sub('A', 'b', 'aaa', 1, re.I)", id="flags behind a count"),
        pytest.param(r"re.split(r'\s+', 'a b  c', 1)", id="split"),
        pytest.param(r"[m[1] for m in re.finditer('(é)|x', 'éx')]", id="a group without a match"),
        pytest.param(r"re.sub('a', lambda m: re.sub('a', 'b', m[0]), 'aa')", id="one inside another"),
    ],
)
def test_patterns_are_compiled_in_advance(text: str) -> None:
    source = f"import re\nvalue = {text}"
    tree = bundling.lean(ast.parse(source), "x")
    results: list[dict[str, object]] = [{}, {}]
    exec(source, results[0])  # noqa: S102  the text above
    exec(compile(tree, "", "exec"), results[1])  # noqa: S102  the same in the bundle
    assert results[1]["value"] == results[0]["value"]
    assert not re.search(r"\bre\.[a-z]+\(", ast.unparse(tree))


@pytest.mark.parametrize(
    "call",
    ["re.findall(pattern, 'a')", "re.match(f'{os.sep}a', 'a')", "re.sub(str(1), '', 'a')", "re.escape('a')"],
)
def test_what_is_no_constant_pattern_stays(call: str) -> None:
    assert ast.unparse(bundling.lean(ast.parse(call), "x").body[-1]) == call
