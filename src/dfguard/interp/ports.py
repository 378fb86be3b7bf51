"""One word of EXPOSE to the ports it names, as the image's configuration lists them.

After moby/buildkit frontend/dockerfile/dockerfile2llb/convert_expose.go@73ed6825, which still takes `ip:host:port`.
"""

from __future__ import annotations

MOST_PORTS = 1000
HIGHEST = 65_535


def exposed_ports(word: str) -> tuple[str, ...] | str:
    """`8000-8001/UDP` to `8000/udp`, `8001/udp`; what BuildKit refuses to the reason. A very long range stays one
    entry, `1-65535/tcp`.
    """
    *_, container = word.split(":")
    ports, _, protocol = container.partition("/")
    protocol = protocol.lower() or "tcp"
    if protocol not in {"tcp", "udp", "sctp"}:
        return f"{word} has the unknown protocol {protocol}"
    start, dash, end = ports.partition("-")
    first, last = _port(start), _port(end) if dash else _port(start)
    if first is None or last is None or last < first:
        return f"{word} is no port"
    if last - first > MOST_PORTS:
        return (f"{first}-{last}/{protocol}",)
    return tuple(f"{port}/{protocol}" for port in range(first, last + 1))


def _port(text: str) -> int | None:
    digits = text.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 10 or int(digits) > HIGHEST:
        return None
    return int(digits)
