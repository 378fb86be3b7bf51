"""Names that bring nothing else along: commands of a RUN, and Python distributions.

Four questions about a command have lists of their own here, since a wrong yes to each costs another finding: what is harmless
to one is not to another (`sed` may change a module and makes no compiler; `pip` brings distributions and no interpreter).
They share `PLAIN`. Elsewhere the question is another one: `interp.shell.effects.reach_tables` (programs that make no file whatever
they are told), `interp.shell.failure` (commands that are no substitute for what failed), `syntax.shell.output` (commands that
print nothing), `discover.build_commands` (commands that make no Dockerfile), `inspection.process` (what says nothing of a start).
"""

from __future__ import annotations

PLAIN = frozenset(
    """
    [ apt apt-get cd chmod chown echo export groupadd ls mkdir printf rm set test touch true useradd
    """.split()
)
"""Commands that bring neither programs nor libraries nor modules but those that their words name, and that packages are asked for."""

BRINGS_NO_DISTRIBUTION = PLAIN | {
    "addgroup",
    "adduser",
    "apk",
    "cat",
}
"""Commands that install no Python distribution."""

BRINGS_NO_MODULE = PLAIN | {
    "addgroup",
    "adduser",
    "apk",
    "dnf",
    "false",
    "grep",
    "hf",
    "huggingface-cli",
    "id",
    "ldconfig",
    "ln",
    "locale-gen",
    "pip",
    "pip3",
    "pwd",
    "rmdir",
    "sed",
    "update-alternatives",
    "usermod",
    "yum",
}
"""Commands that put no Python module anywhere but where installs go."""

MAKES_NO_INTERPRETER = PLAIN | {
    ":",
    "addgroup",
    "adduser",
    "apk",
    "cat",
    "curl",
    "cut",
    "date",
    "dpkg-reconfigure",
    "false",
    "git",
    "grep",
    "head",
    "hf",
    "huggingface-cli",
    "id",
    "ldconfig",
    "locale-gen",
    "nproc",
    "nvcc",
    "pip",
    "pip3",
    "pwd",
    "sed",
    "sleep",
    "tail",
    "uname",
    "unset",
    "usermod",
    "wget",
}
"""Commands that make no interpreter of Python, packages of a distribution aside."""

PLAIN_COMMANDS = PLAIN | {
    "cat",
    "find",
    "hf",
    "huggingface-cli",
    "ln",
    "mv",
    "pip",
    "pip3",
    "python",
    "python3",
    "sed",
    "uv",
}
"""Commands whose words say all that they bring into the image: neither system libraries nor a compiler by another way."""

PLAIN_DISTRIBUTIONS = frozenset(
    """
    aiohttp av boto3 ctranslate2 fastapi faster-whisper ffmpeg-python flask google-cloud-storage gunicorn
    hf-transfer hf-xet httpx huggingface-hub numpy onnxruntime-gpu opencv-python opencv-python-headless
    packaging pillow pip pydantic pydub python-dotenv python-multipart pyyaml requests runpod scipy setuptools
    soundfile tokenizers tqdm uv uvicorn wheel
    """.split()
)
"""Distributions that bring no libraries of CUDA and compile no CUDA code, neither when they are installed nor at run time."""
