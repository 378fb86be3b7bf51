"""What a call that downloads a model gives back: the path of what it downloaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp.values import Known, Unknown, known

if TYPE_CHECKING:
    from dfguard.interp.state.model import Load
    from dfguard.interp.values import Value

GIVES_PATH = (
    "huggingface_hub.",
    "cached_path.",
    "modelscope.snapshot_download",
    "faster_whisper.download_model",
)


def path_given(load: Load) -> Value:
    """The path that a download gives back: the local directory, else somewhere in the cache."""
    root = known(load.directory)
    if root is None:
        return Unknown(
            "where the download lies", load.directory.because, is_settled=_is_settled(load.subject)
        )
    if load.is_local_directory:
        file = (
            f"/{load.files[0]}"
            if load.files and "download" in load.loader and "snapshot" not in load.loader
            else ""
        )
        return Known(root + file, load.directory.because)
    name = (known(load.subject) or "").replace("/", "--")
    return Unknown(
        "a folder of the cache",
        load.directory.because,
        f"{root}/models--{name}/snapshots/",
        is_settled=_is_settled(load.subject),
    )


def _is_settled(value: Value) -> bool:
    return not isinstance(value, Unknown) or value.is_settled
