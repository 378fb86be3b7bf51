"""The security table as questions: does a name, a value or a path mean a secret, and how is a text shown without any."""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import TYPE_CHECKING

from dfguard.core.record import Record

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from dfguard.knowledge.security import SecretFile, Security, TokenShape

ALPHABETS = {
    "alnum": "[A-Za-z0-9]",
    "upper": "[A-Z0-9]",
    "hex": "[0-9a-f]",
    "base64url": "[A-Za-z0-9_-]",
    "dotted": "[A-Za-z0-9_.-]",
}
LEAST_VARIETY = 0.3
"""How many different characters a token has at least, in parts of its length (at most 12)."""
LEAST_PASSWORD = 3
LEAST_GENERATED = 16
"""How many characters a generated secret has at least; MinIO and AWS make keys of 20."""
_LONGEST_RUN = 5
_REFERENCES = tuple("/ ./ ../ ~/ $( ` file: arn: vault: op:// secret: env: sm://".split())
"""How texts begin that say where a secret is kept."""
_PASSWORDS = ("pass", "pwd", "pword")


class Token(Record):
    """Something of the shape of a token, at `start` to `end` of the text that was searched."""

    shape: TokenShape
    start: int
    end: int


class Secrecy:
    """Answers out of one security table; everything is prepared at first use."""

    def __init__(self, security: Security) -> None:
        """Keep the table."""
        self._security = security
        self._judged: set[str] = set()
        self._secret: set[str] = set()

    def is_secret_name(self, name: str) -> bool:
        """Whether a variable of that name holds a secret, by its words and not by parts of words."""
        if name not in self._judged:
            self._judged.add(name)
            if self._means_secret(name):
                self._secret.add(name)
        return name in self._secret

    def secret_names(self, names: frozenset[str]) -> frozenset[str]:
        """Those of the names that `is_secret_name`; what was asked before costs next to nothing."""
        for name in names - self._judged:
            self.is_secret_name(name)
        return names & self._secret

    def is_public_name(self, name: str) -> bool:
        """Whether a framework compiles a variable of that name into what the browser loads."""
        return name.startswith(self._public)

    @cached_property
    def _public(self) -> tuple[str, ...]:
        return tuple(prefix for row in self._security.public_names for prefix in row.prefixes)

    def _means_secret(self, name: str) -> bool:
        words = words_of(name)
        if self.is_public_name(name):
            return False
        for row in self._security.secret_names:
            if not words or not set(row.harmless).isdisjoint(words):
                continue
            while len(words) > 1 and (words[-1] in row.qualifiers or words[-1].isdigit()):
                words = words[:-1]
            if words[-1] in row.words or " ".join(words[-2:]) in row.pairs or "".join(words) in row.names:
                return True
        return False

    def is_secret_value(self, name: str, value: str) -> bool:
        """Whether a value given to a secret name gives a secret away: no placeholder, switch, number, path or address."""
        text = value.strip().strip("\"'")
        is_password = any(word.startswith(_PASSWORDS) or word.endswith(_PASSWORDS) for word in words_of(name))
        if self.is_reference(text) or (not is_password and self._repeats_name(name, text)):
            return False
        if text.replace(".", "").isdigit():
            return is_password and len(text) > LEAST_PASSWORD
        if is_password:
            return len(text) >= LEAST_PASSWORD and not self._is_placeholder(text)
        return len(text) > LEAST_PASSWORD and not self._is_placeholder(text)

    def is_reference(self, text: str) -> bool:
        """Whether a value only says where something is: a path, file, address, host or class, or another variable's name."""
        if text.startswith(_REFERENCES) or "://" in text or self.file_kind(text) is not None:
            return True
        if any(text.lower().endswith(row.file_ends) for row in self._security.placeholders):
            return self._stems.fullmatch(text) is not None
        if text.isupper() and "_" in text:
            return self.is_secret_name(text)
        return self._places.fullmatch(text) is not None

    def _repeats_name(self, name: str, text: str) -> bool:
        """Whether a value is made of the words of its variable: the name of an object that holds the secret."""
        words = words_of(text)
        return len(words) > 1 and set(words) <= set(words_of(name))

    @cached_property
    def _stems(self) -> re.Pattern[str]:
        import re

        return re.compile(r"[\w./@+~ -]+")

    @cached_property
    def _places(self) -> re.Pattern[str]:
        """Paths and hosts of lower-case words, dotted names of classes, `host:port`."""
        import re

        word = r"[a-z](?:[a-z_-]*[a-z])?\d{0,2}"
        host = rf"{word}(?:\.{word})*"
        dotted = r"[a-z][a-z_-]*(?:\.[a-z][a-z_-]*){2,}(?:\.[A-Z][A-Za-z]+)?"
        return re.compile(
            rf"{word}(?:/{word})+/?|{dotted}|(?:{host}|\d+(?:\.\d+){{3}}):\d{{2,5}}|[A-Za-z]:\\.*"
        )

    def _is_placeholder(self, text: str) -> bool:
        low = text.lower()
        return any(
            low in row.words or any(part in low for part in row.parts) for row in self._security.placeholders
        )

    def tokens(self, text: str) -> Iterator[Token]:
        """What has the shape of a token, placeholders and monotonous text left out."""
        if not any(prefix in text for prefix in self._prefixes):
            return
        for match in self._pattern.finditer(text):
            shape = self._security.shapes[(match.lastindex or 1) - 1]
            if self._is_random(match.group()[len(shape.prefix) :]):
                yield Token(shape, match.start(), match.end())

    def may_hold(self, text: str) -> bool:
        """Whether a token or a password in an address may be in the text: a quick look."""
        return "://" in text or any(prefix in text for prefix in self._prefixes)

    @cached_property
    def _prefixes(self) -> tuple[str, ...]:
        return tuple(shape.prefix for shape in self._security.shapes)

    def is_random(self, text: str) -> bool:
        """Whether a text without a known shape looks generated: long, letters and digits mixed, no words in it."""
        kinds = (str.islower, str.isupper, str.isdigit)
        is_mixed = sum(any(kind(c) for c in text) for kind in kinds) > 1 and any(c.isdigit() for c in text)
        is_one = (
            text.isascii()
            and len(text) >= LEAST_GENERATED
            and not any(c.isspace() or c in "/.:@" for c in text)
        )
        return is_one and is_mixed and self._is_random(text)

    def _is_random(self, body: str) -> bool:
        if self._is_placeholder(body) or len(set(body)) < min(12, len(body) * LEAST_VARIETY):
            return False
        steps = [ord(b) - ord(a) for a, b in itertools.pairwise(body)]
        return not any(
            steps[i : i + _LONGEST_RUN] in ([0] * _LONGEST_RUN, [1] * _LONGEST_RUN) for i in range(len(steps))
        )

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        import re

        parts = (
            f"({re.escape(s.prefix)}{ALPHABETS[s.alphabet]}{{{s.least},{s.most}}})(?![A-Za-z0-9])"
            for s in self._security.shapes
        )
        return re.compile(f"(?<![A-Za-z0-9_])(?:{'|'.join(parts)})")

    def file_kind(self, path: str) -> SecretFile | None:
        """The kind of credentials that a file of that path holds by its name; None for templates and other files."""
        low = "/" + path.lower().lstrip("/")
        for row in self._security.files:
            if low.endswith(row.ends) and not low.endswith(row.except_ends or ("\0",)):
                return row
        return None


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: `HF_TOKEN` and `hfToken` are `hf` and `token`."""
    spaced = []
    for before, character in zip(" " + name, name, strict=False):
        if character in "_-. ":
            spaced.append(" ")
            continue
        if character.isupper() and before.islower():
            spaced.append(" ")
        spaced.append(character.lower())
    return tuple("".join(spaced).split())
