"""File names to whether they are Dockerfiles."""

from __future__ import annotations


def is_dockerfile_name(name: str) -> bool:
    """Whether a file of this name is taken for a Dockerfile when a folder is searched."""
    low = name.lower()
    if low.endswith(
        (".dockerignore", ".md", ".py", ".rego", ".sh", ".yml", ".yaml", ".json", ".j2", ".tmpl", ".template")
    ):
        return False
    return (
        low in ("dockerfile", "containerfile")
        or low.startswith(("dockerfile.", "containerfile."))
        or low.endswith(".dockerfile")
    )
