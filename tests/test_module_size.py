"""No module grows past what can be read in one go: one subject each, most of 60 to 400 lines."""

from __future__ import annotations

from pathlib import Path

import dfguard

MOST_LINES = 400


def test_no_module_is_longer_than_it_may_be() -> None:
    modules = sorted(Path(dfguard.__file__).parent.rglob("*.py"))
    assert len(modules) > 100
    sizes = {str(module): len(module.read_text(encoding="utf-8").splitlines()) for module in modules}
    assert {name: size for name, size in sizes.items() if size > MOST_LINES} == {}
