"""Compose files and Kubernetes manifests of a repository to the containers that run the image of one Dockerfile."""

from __future__ import annotations

import posixpath
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from dfguard.core.numbers import is_number
from dfguard.core.project import Container, MountPoint, Setting
from dfguard.core.source import Source
from dfguard.knowledge.yaml_tree import Branch, Scalar, parse_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOLDERS = ("k8s", "kubernetes", "kube", "deploy", "deployment", "manifests")
MOST_MANIFESTS = 40


def compose_containers(
    source: Source, folder: str, dockerfile: str, is_there: Callable[[str], bool]
) -> Iterator[tuple[Container, str]]:
    """The services of a compose file that build the Dockerfile, each with its image's name (empty without one).

    Bind mounts of what the repository holds are left out: they bring the developer's own files. Source: compose-spec 05-services.md.
    """
    tree = parse_tree(source)
    services = tree.get("services") if tree else None
    for name, service in services.branches() if isinstance(services, Branch) else ():
        if _dockerfile_of(service, folder) != dockerfile:
            continue
        image = service.scalar("image")
        mounts = tuple(_compose_mounts(service, folder, is_there))
        user, root = service.scalar("user"), service.scalar("read_only")
        yield (
            Container(
                "docker-compose",
                f"service {name} of {posixpath.basename(source.path)}",
                mounts,
                tuple(_settings(service.get("environment"))),
                user.value if user and "$" not in user.value else None,
                bool(root and root.value.lower() == "true"),
                tuple(_ports(service.get("ports"), "target")),
                service.get("network_mode") is not None,
                any(service.get(key) is not None for key in ("command", "entrypoint")),
                service.get("env_file") is not None,
            ),
            image_name(image.value) if image else "",
        )


def _dockerfile_of(service: Branch, folder: str) -> str | None:
    build = service.get("build")
    if build is None or (isinstance(build, Branch) and build.get("dockerfile_inline")):
        return None
    context = build if isinstance(build, Scalar) else build.scalar("context")
    file = build.scalar("dockerfile") if isinstance(build, Branch) else None
    root = posixpath.join(folder, context.value if context else ".")
    return posixpath.normpath(posixpath.join(root, file.value if file else "Dockerfile"))


def _compose_mounts(service: Branch, folder: str, is_there: Callable[[str], bool]) -> Iterator[MountPoint]:
    volumes, tmpfs = service.get("volumes"), service.get("tmpfs")
    for _, item in volumes.items if isinstance(volumes, Branch) else ():
        found = _short(item) if isinstance(item, Scalar) else _long(item)
        if found is None:
            continue
        kind, origin, path, is_writable = found
        if kind == "bind" and is_there(posixpath.normpath(posixpath.join(folder, origin))):
            continue
        yield MountPoint(path, kind, item.place, is_writable)
    items = [tmpfs] if isinstance(tmpfs, Scalar) else [i for _, i in tmpfs.items] if tmpfs else []
    for entry in items:
        if isinstance(entry, Scalar) and entry.value.startswith("/"):
            yield MountPoint(entry.value.partition(":")[0], "tmpfs", entry.place)


def _short(item: Scalar) -> tuple[str, str, str, bool] | None:
    """`[source:]path[:mode]`; paths with variables are not followed."""
    parts = item.value.split(":")
    if "$" in item.value or len(parts) > 3:
        return None
    origin, path = ("", parts[0]) if len(parts) == 1 else (parts[0], parts[1])
    if not path.startswith("/"):
        return None
    kind = "bind" if origin.startswith((".", "/", "~")) else "volume"
    return kind, origin, path, "ro" not in parts[2:]


def _long(item: Branch) -> tuple[str, str, str, bool] | None:
    kind, origin, path = (item.scalar(key) for key in ("type", "source", "target"))
    if path is None or not path.value.startswith("/") or "$" in path.value:
        return None
    known = kind.value if kind and kind.value in {"bind", "tmpfs", "volume"} else "volume"
    only = item.scalar("read_only")
    return known, origin.value if origin else "", path.value, not (only and only.value == "true")


def _ports(node: Scalar | Branch | None, key: str) -> Iterator[int]:
    """The container's side of ports (`8080:80/tcp`, or a mapping with it under `key`); ranges and variables are left out."""
    for _, item in node.items if isinstance(node, Branch) else ():
        port = item if isinstance(item, Scalar) else item.scalar(key)
        written = port.value.partition("/")[0].rpartition(":")[2] if port else ""
        if is_number(written):
            yield int(written)


def _settings(node: Scalar | Branch | None) -> Iterator[Setting]:
    """The variables of a container: a mapping, or a list of NAME=value; what refers to others is not known."""
    for key, item in node.items if isinstance(node, Branch) else ():
        if not isinstance(item, Scalar):
            continue
        name, equals, value = (
            item.value.partition("=")
            if isinstance(node, Branch) and node.is_sequence
            else (key, "=", item.value)
        )
        yield Setting(name, value if equals and "$" not in value else None, item.place)


def manifest_containers(source: Source, images: frozenset[str]) -> Iterator[Container]:
    """The containers of a manifest's documents whose image is one of these names (without tag)."""
    if not images or "containers" not in source.text:
        return
    for document in _documents(source):
        tree = parse_tree(document)
        for pod in _pods(tree) if tree else ():
            containers = pod.get("containers")
            for _, container in containers.branches() if isinstance(containers, Branch) else ():
                image = container.scalar("image")
                if image is not None and image_name(image.value) in images:
                    yield _kubernetes(source, pod, container)


def _documents(source: Source) -> Iterator[Source]:
    """Each document of a YAML file in a text of the same length, everything around it blanked."""
    edges = [
        0,
        *(found.start() for found in re.finditer(r"^---", source.text, re.MULTILINE)),
        len(source.text),
    ]
    for start, end in pairwise(edges):
        if source.text[start:end].strip("-\n "):
            before = re.sub(r"[^\n]", " ", source.text[:start])
            body = source.text[start:end]
            yield Source(source.path, before + ("   " + body[3:] if body.startswith("---") else body))


def _pods(node: Scalar | Branch) -> Iterator[Branch]:
    """Every mapping that has containers: the specs of pods and of what makes them."""
    if isinstance(node, Scalar):
        return
    if isinstance(node.get("containers"), Branch):
        yield node
    for _, item in node.branches():
        yield from _pods(item)


def _kubernetes(source: Source, pod: Branch, container: Branch) -> Container:
    """Source: kubernetes.io, Volumes; no volume of a pod takes over what the image has at its path."""
    kinds = {}
    volumes = pod.get("volumes")
    for _, volume in volumes.branches() if isinstance(volumes, Branch) else ():
        name = volume.scalar("name")
        if name:
            kinds[name.value] = next((key for key, _ in volume.items if key != "name"), "volume")
    mounts = container.get("volumeMounts")
    found = []
    for _, item in mounts.branches() if isinstance(mounts, Branch) else ():
        path, name, part = (item.scalar(key) for key in ("mountPath", "name", "subPath"))
        if path and path.value.startswith("/") and not part:
            only = item.scalar("readOnly")
            kind = kinds.get(name.value, "volume") if name else "volume"
            found.append(MountPoint(path.value, kind, item.place, not (only and only.value == "true")))
    user = container.scalar("securityContext", "runAsUser") or pod.scalar("securityContext", "runAsUser")
    root = container.scalar("securityContext", "readOnlyRootFilesystem")
    name = container.scalar("name")
    return Container(
        "kubernetes",
        f"container {name.value if name else '?'} of {posixpath.basename(source.path)}",
        tuple(found),
        tuple(_named_settings(container.get("env"))),
        user.value if user else None,
        bool(root and root.value == "true"),
        tuple(_ports(container.get("ports"), "containerPort")),
        pod.scalar("hostNetwork") is not None,
        any(container.get(key) is not None for key in ("command", "args")),
        container.get("envFrom") is not None,
    )


def _named_settings(node: Scalar | Branch | None) -> Iterator[Setting]:
    for _, item in node.branches() if isinstance(node, Branch) else ():
        name, value = item.scalar("name"), item.scalar("value")
        if name:
            known = value.value if value and "$(" not in value.value else None
            yield Setting(name.value, known, item.place)


def image_name(image: str) -> str:
    """An image reference without tag and digest."""
    head, slash, last = image.partition("@")[0].rpartition("/")
    return head + slash + last.partition(":")[0]
