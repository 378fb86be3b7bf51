"""One word of EXPOSE to the ports it names, as the image's configuration lists them.

After moby/buildkit frontend/dockerfile/dockerfile2llb/convert_expose.go@73ed6825, which still takes `ip:host:port`.
"""

from __future__ import annotations

from dfguard.core.numbers import whole_number

MOST_PORTS = 1000
HIGHEST = 65_535


def exposed_ports(word: str) -> tuple[str, ...] | str:
    """`8000-8001/UDP` to `8000/udp`, `8001/udp`; what BuildKit refuses to the reason. A very long range stays one
    entry, `1-65535/tcp`.
    """
    rest, _, container = word.rpartition(":")
    address, _, host = rest.rpartition(":")
    if address and not _is_address(address):
        return f"{address} in {word} is no address"
    ports, _, protocol = container.partition("/")
    protocol = protocol.lower() or "tcp"
    if protocol not in {"tcp", "udp", "sctp"}:
        return f"{word} has the unknown protocol {protocol}"
    found = _range(ports)
    if found is None:
        return f"{word} is no port"
    first, last = found
    if host:
        outside = _range(host)
        if outside is None:
            return f"{host} in {word} is no port"
        if first != last and outside[1] - outside[0] != last - first:
            return f"{word} joins two ranges of different size"
    if last - first > MOST_PORTS:
        return (f"{first}-{last}/{protocol}",)
    return tuple(f"{port}/{protocol}" for port in range(first, last + 1))


def _range(text: str) -> tuple[int, int] | None:
    start, dash, end = text.partition("-")
    first, last = _port(start), _port(end) if dash else _port(start)
    return None if first is None or last is None or last < first else (first, last)


def _is_address(text: str) -> bool:
    from ipaddress import ip_address

    try:
        ip_address(text[1:-1] if text.startswith("[") and text.endswith("]") else text)
    except ValueError:
        return False
    return True


def _port(text: str) -> int | None:
    digits = text.removeprefix("+")
    number = whole_number(digits)
    if number is None or number > HIGHEST:
        return None
    return number
