"""The packs as tables: each is read at its first use."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from dfguard.knowledge.api import Api
    from dfguard.knowledge.caches import Caches
    from dfguard.knowledge.images import BaseImages
    from dfguard.knowledge.labels import Labels
    from dfguard.knowledge.loaders import Downloaders, Loaders
    from dfguard.knowledge.package_managers import PackageManagers
    from dfguard.knowledge.packages import Gpu, Packages
    from dfguard.knowledge.packaging import Packaging
    from dfguard.knowledge.platforms import Platform
    from dfguard.knowledge.profiles import Profile
    from dfguard.knowledge.security import Security
    from dfguard.knowledge.servers import Servers
    from dfguard.knowledge.wrappers import Wrappers

TABLES = tuple(
    """
    platforms profiles caches loaders downloaders base_images packages gpu package_managers labels security
    packaging api wrappers servers
    """.split()
)


class Tables:
    """All tables. `read` gives one by name (see `TABLES`), at most once each.

    `platforms` and `profiles` are tuples, the others one record each.
    """

    def __init__(self, read: Callable[[str], Any]) -> None:
        """Keep the reader; nothing is read yet."""
        self._read = read

    @cached_property
    def platforms(self) -> tuple[Platform, ...]:
        """All platforms, sorted by id."""
        found: tuple[Platform, ...] = self._read("platforms")
        return found

    @cached_property
    def profiles(self) -> tuple[Profile, ...]:
        """All profiles, sorted by id."""
        found: tuple[Profile, ...] = self._read("profiles")
        return found

    @cached_property
    def caches(self) -> Caches:
        """rules/tables/caches.yaml."""
        found: Caches = self._read("caches")
        return found

    @cached_property
    def loaders(self) -> Loaders:
        """rules/tables/loaders.yaml."""
        found: Loaders = self._read("loaders")
        return found

    @cached_property
    def downloaders(self) -> Downloaders:
        """rules/tables/downloaders.yaml."""
        found: Downloaders = self._read("downloaders")
        return found

    @cached_property
    def base_images(self) -> BaseImages:
        """rules/tables/base_images.yaml."""
        found: BaseImages = self._read("base_images")
        return found

    @cached_property
    def packages(self) -> Packages:
        """rules/tables/packages.yaml."""
        found: Packages = self._read("packages")
        return found

    @cached_property
    def gpu(self) -> Gpu:
        """rules/tables/gpu.yaml."""
        found: Gpu = self._read("gpu")
        return found

    @cached_property
    def package_managers(self) -> PackageManagers:
        """rules/tables/package_managers.yaml."""
        found: PackageManagers = self._read("package_managers")
        return found

    @cached_property
    def labels(self) -> Labels:
        """rules/tables/labels.yaml."""
        found: Labels = self._read("labels")
        return found

    @cached_property
    def packaging(self) -> Packaging:
        """rules/tables/packaging.yaml."""
        found: Packaging = self._read("packaging")
        return found

    @cached_property
    def security(self) -> Security:
        """rules/tables/security.yaml."""
        found: Security = self._read("security")
        return found

    @cached_property
    def api(self) -> Api:
        """rules/tables/api.yaml."""
        found: Api = self._read("api")
        return found

    @cached_property
    def wrappers(self) -> Wrappers:
        """rules/tables/wrappers.yaml."""
        found: Wrappers = self._read("wrappers")
        return found

    @cached_property
    def servers(self) -> Servers:
        """rules/tables/servers.yaml."""
        found: Servers = self._read("servers")
        return found
