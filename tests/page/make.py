"""The pages that the browser test looks at: the origin's image, its repair, the example worker, and hostile content."""

from __future__ import annotations

import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PAGES = {
    "broken": ("fixtures/origin/broken", "--platform", "runpod-serverless", "--volume", "attached"),
    "repaired": ("fixtures/origin/repaired",),
    "example": ("examples/f5tts-runpod/Dockerfile.runpod",),
    "hostile": (os.path.join(HERE, "hostile", "Dockerfile"),),
}


def main(folder: str) -> None:
    """Write the pages into the folder."""
    os.makedirs(folder, exist_ok=True)
    for name, words in PAGES.items():
        output = os.path.join(os.path.abspath(folder), f"{name}.html")
        command = [sys.executable, "-m", "dfguard", "inspect", *words, "--format", "html", "--output", output]
        subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    main(sys.argv[1])
