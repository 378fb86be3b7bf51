"""Makes the golden texts of the inspection anew: `python tests/inspection/make.py`; read the diff before it is kept."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from dfguard.reports import inspection_text, record_json
from inspected import GOLDEN, scene


def texts() -> dict[str, str]:
    """File names below golden/ to what they hold."""
    found = scene()
    document = _steady(record_json.document(found))
    return {
        "inspection.txt": inspection_text.render(found),
        "inspection.json": json.dumps(document, indent=1) + "\n",
    }


def _steady(value: Any) -> Any:
    """The document without the version, and without owners and modes, which other tests hold against real builds."""
    if isinstance(value, dict):
        return {name: _steady(item) for name, item in value.items() if name not in {"tool", "owner", "mode"}}
    return [_steady(item) for item in value] if isinstance(value, list) else value


if __name__ == "__main__":
    for name, text in texts().items():
        with open(os.path.join(GOLDEN, name), "w", encoding="utf-8") as file:
            file.write(text)
