"""Pieces of work to their results on several processors: forked workers take the next piece from a common pipe.

A worker that dies takes one piece with it; that piece is tried once more, alone.
"""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Work = Callable[[int], bytes]

_WIDTH = 4
_MOST_QUEUED = 4096
"""The numbers that the smallest pipe in use (16 KiB, macOS) holds; of more pieces, each stands for several."""


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def can_fork() -> bool:
    """Whether the platform has `fork`; a new interpreter a worker would take longer than most checks."""
    return hasattr(os, "fork")


def spread(count: int, jobs: int, work: Work) -> list[bytes | None]:
    """What `work` gives for 0 to `count` - 1, in order; None where it ended its process twice."""
    found: list[bytes | None] = [None] * count
    queue = _queue(count)
    readers = dict(_worker(queue, count, work) for _ in range(min(jobs, count)))
    os.close(queue)
    for frames in _read(readers):
        for number, data in _framed(frames):
            found[number] = data
    for number in [n for n, data in enumerate(found) if data is None]:
        queue = _one(number)
        (frames,) = _read(dict([_worker(queue, count, work)]))
        os.close(queue)
        found[number] = next((data for _, data in _framed(frames)), None)
    return found


def _queue(count: int) -> int:
    """The reading end of a pipe that holds a start number for each range of pieces."""
    reader, writer = os.pipe()
    starts = range(min(count, _MOST_QUEUED))
    os.write(writer, b"".join(start.to_bytes(_WIDTH, "big") for start in starts))
    os.close(writer)
    return reader


def _one(number: int) -> int:
    reader, writer = os.pipe()
    os.write(writer, number.to_bytes(_WIDTH, "big"))
    os.close(writer)
    return reader


def _worker(queue: int, count: int, work: Work) -> tuple[int, int]:
    """Start a worker: the pipe its results come from, and its process."""
    reader, writer = os.pipe()
    process = os.fork()
    if process:
        os.close(writer)
        return reader, process
    code = 1
    try:
        os.close(reader)
        while start := os.read(queue, _WIDTH):
            for number in range(int.from_bytes(start, "big"), count, _MOST_QUEUED):
                data = work(number)
                head = number.to_bytes(_WIDTH, "big") + len(data).to_bytes(_WIDTH, "big")
                _write(writer, head + data)
        code = 0
    finally:
        os._exit(code)


def _write(writer: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(writer, rest) :]


def _read(readers: dict[int, int]) -> list[bytes]:
    """All that each worker wrote, after all have ended."""
    parts: dict[int, list[bytes]] = {reader: [] for reader in readers}
    waiting = set(readers)
    while waiting:
        for reader in select.select(sorted(waiting), [], [])[0]:
            data = os.read(reader, 1 << 16)
            if data:
                parts[reader].append(data)
            else:
                waiting.discard(reader)
                os.close(reader)
                os.waitpid(readers[reader], 0)
    return [b"".join(frames) for frames in parts.values()]


def _framed(frames: bytes) -> list[tuple[int, bytes]]:
    """Number and data of every result that came whole."""
    found, at = [], 0
    while at + 2 * _WIDTH <= len(frames):
        number = int.from_bytes(frames[at : at + _WIDTH], "big")
        start = at + 2 * _WIDTH
        at = start + int.from_bytes(frames[at + _WIDTH : start], "big")
        if at <= len(frames):
            found.append((number, frames[start:at]))
    return found
