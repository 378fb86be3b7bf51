"""What a loader is given to the hub repository it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp.values import Known, known

if TYPE_CHECKING:
    from dfguard.interp.values import Value

_FOLDERS = (
    "model",
    "checkpoint",
    "ckpt",
    "weight",
    "pretrained",
    "data",
    "asset",
    "output",
    "result",
    "saved",
    "src",
)


def is_repository(subject: Value) -> bool:
    """Whether the subject has the form of a hub repository (`org/name`) and not that of a relative folder."""
    text = known(subject) or ""
    owner, _, name = text.partition("/")
    if not owner or not name or "/" in name or text.startswith((".", "~")) or " " in text:
        return False
    return not owner.lower().startswith(_FOLDERS)


def hub_address(address: Value) -> tuple[Value, tuple[str, ...]] | None:
    """The repository and files of an `hf://ORG/NAME[@REVISION][/FILE]` address, None for others."""
    text = known(address)
    if text is None or not text.startswith("hf://"):
        return None
    parts = text.removeprefix("hf://").split("/")
    name = "/".join(part.partition("@")[0] for part in parts[:2])
    return Known(name, address.because), ("/".join(parts[2:]),) if len(parts) > 2 else ()
