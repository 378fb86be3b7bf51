"""The data types of the package and GPU tables: what distributions bring, need and break."""

from __future__ import annotations

from dfguard.core.record import Record
from dfguard.knowledge.sourced import Sourced


class Need(Record):
    """In these versions the distribution needs `name` within `range`."""

    versions: str
    name: str
    range: str


class CommandState(Record):
    """What a console command of a distribution is in a range of versions: `works`, `missing` or `refuses` (prints a
    hint and exits 1). `instead` is the command to use.
    """

    command: str
    versions: str
    state: str
    instead: str = ""


class Package(Sourced):
    """One distribution. `name` is normalised (lower case, dashes). `modules` are the top-level modules it provides
    (empty: the name with underscores). `unpinned` are the versions an install without a version plausibly gives since
    `checked`; `newest` the newest seen. `unrelated` are distributions that are known not to need this one. `cuda_minimum` as `12.0`, `cudnn_major` as `9`.
    """

    name: str
    modules: tuple[str, ...] = ()
    commands: tuple[CommandState, ...] = ()
    needs: tuple[Need, ...] = ()
    newest: str = ""
    unpinned: str = ""
    unrelated: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Removed(Sourced):
    """Something a distribution took out: `what` (a variable, an argument, a module), in these versions."""

    distribution: str
    what: str
    kind: str
    versions: str
    consequence: str
    instead: str = ""


class Packages(Record):
    """rules/tables/packages.yaml."""

    packages: tuple[Package, ...] = ()
    removed: tuple[Removed, ...] = ()


class Driver(Sourced):
    """The least driver for CUDA versions."""

    cuda: str
    driver: str


class CudaNeed(Sourced):
    """Versions of a distribution need this CUDA (range) and cuDNN major. `through`: the need is of that distribution, which
    it brings along in its newest release.
    """

    distribution: str
    versions: str
    cuda: str = ""
    cudnn: str = ""
    through: str = ""
    consequence: str = ""


class TorchRow(Sourced):
    """Distributions that belong to one torch release."""

    torch: str
    companions: tuple[tuple[str, str], ...]


class TorchWheel(Sourced):
    """The CUDA (major.minor) of the wheel that PyPI gives for a range of torch versions, and the least driver."""

    versions: str
    cuda: str
    driver: str = ""


class Compiled(Sourced):
    """A distribution whose build needs something: `needs` of `torch` (imports it in setup), `nvcc`, `gpu`,
    `arch_list` (TORCH_CUDA_ARCH_LIST), `force_cuda` (FORCE_CUDA=1, else CPU only).
    """

    distribution: str
    needs: tuple[str, ...]
    has_wheels: bool = False


class CompiledLate(Sourced):
    """Versions of a distribution that compile kernels with a C compiler while they run; `module` is imported for it."""

    distribution: str
    versions: str
    module: str


class GpuName(Sourced):
    """A name (dotted call, module or command) that needs a GPU or driver: `when` is `import`, `call` or `run`;
    `kind` is `engine` when it makes or starts an engine, which works only on a GPU. `arguments` are those it must have
    (words of a command, `keyword=value` of a call).
    """

    name: str
    when: str
    kind: str = "use"
    arguments: tuple[str, ...] = ()
    consequence: str = ""


class WheelTag(Sourced):
    """The grammar of wheel names of a distribution: a regular expression with groups `version`, `cuda`, `torch`,
    `abi`, `python`, `platform` (each optional).
    """

    distribution: str
    pattern: str
    example: str


class AbiRow(Sourced):
    """Whether torch wheels of these versions are built with the C++11 ABI."""

    versions: str
    abi: bool


class Gpu(Record):
    """rules/tables/gpu.yaml."""

    drivers: tuple[Driver, ...] = ()
    cuda_needs: tuple[CudaNeed, ...] = ()
    torch_rows: tuple[TorchRow, ...] = ()
    torch_wheels: tuple[TorchWheel, ...] = ()
    compiled: tuple[Compiled, ...] = ()
    compiled_late: tuple[CompiledLate, ...] = ()
    names: tuple[GpuName, ...] = ()
    wheel_tags: tuple[WheelTag, ...] = ()
    abi: tuple[AbiRow, ...] = ()
