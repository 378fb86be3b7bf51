"""hf and huggingface-cli: what they download is noted with the loads; beside that they write only where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dfguard.interp.shell.registry import command
from dfguard.interp.shell.unknown_commands import unknown_command
from dfguard.interp.values import known

if TYPE_CHECKING:
    from dfguard.interp.shell.call import Call
    from dfguard.interp.shell.state import Outcome


@command("hf", "huggingface-cli")
def hub_client(call: Call) -> Outcome:
    """A download whose words are known is followed with the loads; of any other what `reach` says of the tool.

    huggingface_hub writes below `models--ORG--NAME` of the cache (file_download.py), nothing beside it.
    """
    words = [known(word) for word in call.run.words]
    if len(words) > 1 and words[1] == "download" and None not in words:
        return call.outcome(None, status=None)
    return unknown_command(call)
