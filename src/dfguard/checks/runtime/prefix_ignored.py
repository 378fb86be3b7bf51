"""DFG222: wget is told a folder and a file name, and takes no notice of the folder."""

from collections.abc import Iterator

from dfguard.checks.api import Bad, Certainty, Facts, Finding, Good, Severity, rule

ADDRESS = "https://example.com/a.onnx"


@rule(
    "DFG222",
    "prefix-ignored",
    Severity.WARNING,
    since="0.1.0",
    sources=(
        "https://www.gnu.org/software/wget/manual/html_node/Download-Options.html",
        "GNU Wget 1.21.3 and wget2 1.99.1, seen against a local server",
        "busybox networking/wget.c",
    ),
    bad=(
        Bad(
            f"FROM debian:12\nWORKDIR /opt/scan\nRUN «wget -q -P /opt/scan/nets -O edge.onnx {ADDRESS}»\n",
            message="the file is /opt/scan/edge.onnx, not /opt/scan/nets/edge.onnx",
        ),
        Bad(
            f"FROM debian:12\nWORKDIR /opt\nRUN «wget --directory-prefix=nets --output-document=edge.onnx {ADDRESS}» && ls nets\n",
            message="/opt/edge.onnx",
        ),
        Bad(
            f"FROM debian:12\nWORKDIR /opt\nRUN «wget {ADDRESS} -qO edge.onnx -P /data»\nRUN sha256sum /data/edge.onnx\n",
            message="not /data/edge.onnx",
        ),
        Bad(
            f"FROM debian:12\nARG MORE\nWORKDIR /opt\nRUN «wget $MORE -P nets -O edge.onnx {ADDRESS}»\n",
            certainty_is_maybe=True,
        ),
    ),
    good=(
        Good(f"FROM debian:12\nWORKDIR /opt\nRUN wget -P nets {ADDRESS}\n", why="-P alone"),
        Good(f"FROM debian:12\nWORKDIR /opt\nRUN mkdir nets && wget -O nets/edge.onnx {ADDRESS}\n"),
        Good(
            f"FROM debian:12\nWORKDIR /opt\nRUN mkdir nets && wget -P nets -O nets/edge.onnx {ADDRESS}\n",
            why="-O names the folder as well",
        ),
        Good(f"FROM debian:12\nRUN wget -P /tmp -O /opt/edge.onnx {ADDRESS}\n", why="an absolute path"),
        Good(f"FROM debian:12\nRUN wget -P /tmp -O - {ADDRESS} | tar x\n", why="to the standard output"),
        Good(f"FROM debian:12\nWORKDIR /opt\nRUN wget -P . -O edge.onnx {ADDRESS}\n", why="the same folder"),
        Good(f"FROM debian:12\nWORKDIR /opt\nRUN wget -P /opt/ -O edge.onnx {ADDRESS}\n"),
        Good(
            f"FROM debian:12\nRUN wget -P /tmp -O a.zip {ADDRESS} && unzip a.zip -d /opt && rm a.zip\n",
            why="it is looked for where it lies",
        ),
        Good(
            f"FROM debian:12\nWORKDIR /opt\nRUN wget -P nets -O a.tar {ADDRESS}\nRUN tar xf /opt/*.tar\n",
            why="a pattern takes it",
        ),
        Good(
            f"FROM debian:12\nWORKDIR /opt\nRUN wget -P nets -O a.onnx {ADDRESS}\nRUN mkdir nets && mv a.onnx nets/\n",
            why="moved afterwards",
        ),
        Good(
            f"FROM debian:12 AS get\nWORKDIR /opt\nRUN wget -P nets -O a.onnx {ADDRESS}\nFROM debian:12\nCOPY --from=get /opt/a.onnx /nets/\n",
            why="another stage takes it",
        ),
        Good(
            f'FROM debian:12\nWORKDIR /opt\nRUN wget -P nets -O run.jar {ADDRESS}\nCMD ["java", "-jar", "run.jar"]\n',
            why="the process takes it",
        ),
        Good(
            f'FROM python:3.11\nWORKDIR /opt\nRUN wget -P nets -O a.pt {ADDRESS}\nCOPY main.py .\nCMD ["python", "main.py"]\n',
            files={"main.py": "import torch\nmodel = torch.load('a.pt')\n"},
            why="the program loads it from there",
        ),
        Good(
            f"FROM debian:12\nARG DIR\nRUN wget -P $DIR -O a.onnx {ADDRESS}\n", why="the folder is not known"
        ),
        Good(
            f"FROM debian:12\nWORKDIR /opt\nRUN curl --output-dir nets -o a.onnx {ADDRESS}\n",
            why="curl heeds both",
        ),
    ),
)
def check(facts: Facts) -> Iterator[Finding]:
    """`wget -P folder -O name` puts the file into the working directory: beside `-O`, `-P` counts for nothing.

    `-O` works like a redirection of the shell, its path counts from the working directory, and the folder of `-P` is not
    even made. Whoever looks for `folder/name` finds nothing. The rule is silent where the file is used at the place where
    it lies, is moved away or is removed.
    """
    for found in facts.ignored_prefixes:
        yield Finding(
            found.run.place,
            f"wget ignores -P beside -O: the file is {found.path}, not {found.meant}",
            certainty=Certainty.SURE if found.is_certain else Certainty.MAYBE,
            advice=f"name the folder in -O and make it before: wget -O {found.meant}",
        )
