"""Hatch's build hook: the packs below `rules/` to the compiled file inside the wheel, so that a run parses no YAML."""

from __future__ import annotations

import os
import sys
import tempfile
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PackHook(BuildHookInterface[Any]):
    """Adds `dfguard/knowledge/packs.bin` to a standard wheel; an editable install compiles at its first run."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile into a temporary file that outlives the build."""
        if version != "standard" or self.target_name != "wheel":
            return
        sys.path.insert(0, os.path.join(self.root, "src"))
        try:
            from dfguard.knowledge.packs import wheel_bytes

            data = wheel_bytes(os.path.join(self.root, "rules"))
        finally:
            sys.path.pop(0)
        folder = tempfile.mkdtemp(prefix="dfguard-packs-")
        path = os.path.join(folder, "packs.bin")
        with open(path, "wb") as file:
            file.write(data)
        build_data["force_include"][path] = "dfguard/knowledge/packs.bin"
