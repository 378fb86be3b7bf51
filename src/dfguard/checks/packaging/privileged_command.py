"""DFG714: a command needs rights over the host that no build has."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, CommandRun, Facts, Failure, Finding, Good, Severity, known, rule

FROM = "FROM ubuntu:22.04\n"
CLOCK, KERNEL, NETWORK, MOUNTS = (
    "set the clock of the host",
    "change the kernel of the host",
    "change the rules of the network",
    "mount file systems",
)
ASKS = frozenset("-h --help -V --version -q -d -n --dry-run --show -s -l -L -S --list".split())
TABLE_CHANGES = frozenset(
    ["-A", "-I", "-D", "-P", "-F", "-X", "-N", "--append", "--insert", "--policy", "--flush"]
)


@rule(
    "DFG714",
    "privileged-command",
    Severity.ERROR,
    since="0.1.0",
    sources=(
        "https://docs.docker.com/reference/dockerfile/#run---security",
        "https://docs.docker.com/engine/security/#linux-kernel-capabilities",
    ),
    bad=(
        Bad(
            f"{FROM}RUN apt-get update && apt-get install -y ntpdate\nRUN «ntpdate time.aws.com»\n",
            message="the clock",
        ),
        Bad(f"{FROM}RUN «sysctl -w vm.overcommit_memory=1»\n", message="the kernel"),
        Bad(f"{FROM}RUN mkdir /data && «mount -t tmpfs none /data» && make\n", message="mount"),
        Bad(f"{FROM}RUN «modprobe fuse» && make\n", message="the kernel"),
        Bad(f"{FROM}RUN «date -s '2024-01-01'» && «iptables -A INPUT -p tcp -j ACCEPT»\n"),
    ),
    good=(
        Good(f"{FROM}RUN ntpdate time.aws.com || true\n", why="it may fail"),
        Good(
            f"{FROM}RUN ntpdate -q time.aws.com && date && sysctl vm.overcommit_memory\n", why="they only ask"
        ),
        Good(f"{FROM}RUN mount && mount -l\n", why="it lists them"),
        Good(f"{FROM}RUN apt-get install -y ntpdate iptables mount\n", why="their names as words"),
        Good(f"{FROM}RUN echo 'vm.overcommit_memory=1' >> /etc/sysctl.conf\n", why="a file alone"),
        Good(
            f"# syntax=docker/dockerfile:1-labs\n{FROM}RUN --security=insecure mount -t tmpfs none /mnt\n",
            why="allowed",
        ),
        Good(f'{FROM}CMD ["sysctl", "-w", "vm.overcommit_memory=1"]\n', why="a container may be allowed"),
        Good(f'{FROM}RUN if [ -n "$CLOCK" ]; then ntpdate time.aws.com; fi\n', why="under a condition"),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """A RUN sets the clock, mounts, loads modules or changes settings of the kernel.

    A build runs without these rights: `ntpdate` ends with "Operation not permitted", `sysctl -w` finds a read-only file
    system, and the build stops. A layer could not keep the change anyway: it belongs to the host, or to the
    options of the container (`--sysctl`, `--tmpfs`, `--cap-add`). `RUN --security=insecure` allows it where the builder does.
    """
    for step, run in facts.commands:
        what = _needs(run)
        is_sure = (
            run.is_certain and run.failure is Failure.FATAL and step.instruction.flag("security") is None
        )
        if what and is_sure:
            name = run.name.rpartition("/")[2]
            yield Finding(
                run.place,
                f"{name} would {what}, and a RUN has no right to",
                advice="leave it to the host or to the options of the container",
            )


def _needs(run: CommandRun) -> str:
    """What the command would do to the host; empty for nothing, or when it only asks."""
    words = [known(word) or "" for word in run.words[1:]]
    operands = [word for word in words if not word.startswith("-")]
    match run.name.rpartition("/")[2]:
        case "date":
            return (
                CLOCK
                if words[:1] in (["-s"], ["--set"]) or any(w.startswith("--set=") for w in words)
                else ""
            )
        case "ntpdate" | "hwclock" if words and not ASKS & set(words):
            return CLOCK
        case "modprobe" | "insmod" | "rmmod" if operands and not ASKS & set(words):
            return KERNEL
        case "sysctl" if any("=" in word for word in operands) and "-e" not in words:
            return KERNEL
        case "iptables" | "ip6tables" if TABLE_CHANGES & set(words):
            return NETWORK
        case "mount" if len(operands) > 1 and not ASKS & set(words):
            return MOUNTS
    return ""
