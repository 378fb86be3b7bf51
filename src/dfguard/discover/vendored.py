"""A folder to whether it holds other people's code, put there by a package manager or by hand."""

from __future__ import annotations

import os

BY_NAME = frozenset(
    {
        "3rdparty",
        "dist-packages",
        "Pods",
        "site-packages",
        "third-party",
        "third_party",
        "thirdparty",
    }
)
BY_CONTENT = frozenset({"autoload.php", "bundle", "github.com", "golang.org", "modules.txt"})
"""What `composer install`, `bundle install --path vendor/bundle`, dep and `go mod vendor` put into `vendor`. A folder of
that name without any may be the project's own (the vendors of a shop).
"""


def is_vendored(folder: str) -> bool:
    """Whether the folder is one that package managers fill, or is called so that it can be nothing else."""
    name = os.path.basename(folder)
    if name != "vendor":
        return name in BY_NAME
    try:
        with os.scandir(folder) as entries:
            return any(
                entry.name in BY_CONTENT or os.path.exists(os.path.join(entry.path, ".cargo-checksum.json"))
                for entry in entries
            )
    except OSError:
        return False
