"""The data types of the security table: what is secret, where secrets are kept, what switches a protection off."""

from __future__ import annotations

from dfguard.core.record import Record
from dfguard.knowledge.sourced import Sourced


class SecretNames(Sourced):
    """How secrets are called, in lower case. A name is taken apart into words at `_` and `-` and where its case changes.

    It means a secret when its last word (those of `qualifiers` at the end left out) is one of `words`, or the last two are
    one of `pairs` joined by a space, or all of it is one of `names`; never when one of `harmless` is among the words.
    """

    id: str
    words: tuple[str, ...]
    pairs: tuple[str, ...]
    names: tuple[str, ...]
    harmless: tuple[str, ...]
    qualifiers: tuple[str, ...]


class PublicNames(Sourced):
    """Variables that a framework compiles into what the browser loads: those whose names begin with one of `prefixes`
    are public, whatever they are called.
    """

    id: str
    prefixes: tuple[str, ...]


class Placeholders(Sourced):
    """Values that stand for a secret and are none: one of `words` as a whole, or one of `parts` anywhere (lower case).
    `file_ends` are the ends of file names.
    """

    id: str
    words: tuple[str, ...]
    parts: tuple[str, ...]
    file_ends: tuple[str, ...] = ()


class TokenShape(Sourced):
    """What the tokens of one issuer look like: `prefix`, then `least` to `most` characters of `alphabet`
    (`alnum`, `upper`, `hex`, `base64url`, `dotted`).
    """

    id: str
    title: str
    prefix: str
    alphabet: str
    least: int
    most: int


class SecretFile(Sourced):
    """Files that hold credentials, by the end of their path. `is_always`: the name alone says so; else the content
    decides. `except_ends` are the ends of templates that are shared on purpose.
    """

    id: str
    title: str
    ends: tuple[str, ...]
    is_always: bool = False
    except_ends: tuple[str, ...] = ()


class SecretStore(Sourced):
    """A command that keeps what it is given: a call of one of `commands` with all of `words` among its arguments.
    `kept` says where. One of `files` removed, or one of `undone_by` among the words of another call of it, and nothing stays.
    `is_always`: it keeps a secret whatever it is called with; else a secret must be among its words. `unless` are words
    that make it keep nothing.
    """

    id: str
    commands: tuple[str, ...]
    words: tuple[str, ...]
    kept: str
    files: tuple[str, ...] = ()
    undone_by: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    is_always: bool = False


class Switch(Sourced):
    """A way to switch a protection off. `kind` is `tls` or `signature`; `what` completes "... is not checked".

    Either a call of one of `commands` (`*` at the end: names that begin so) with all of `words` and one of `options`: a
    one-letter option also in clusters (`taking` are the letters behind which a value follows), a word that ends with `=`
    also with any value, any other word as it stands, case aside. `contains` are pieces that one word must all hold.
    With `verbs` only calls whose first word that is no option is one of them; `packages` are the ends of package files: what
    is copied from the build context, made by the build or verified otherwise needs no signature of its own.
    `is_for_files`: a package file whose key the image has not needs the option, so that packages by name beside verified
    files do not count.
    Or one of the `variables` with one of `values` (empty: anything that is no `off`); a file called `lock` in the stage
    checks what is downloaded all the same.
    """

    id: str
    kind: str
    what: str
    commands: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    taking: str = ""
    variables: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    off: tuple[str, ...] = ("", "0", "false", "no", "off")
    is_download: bool = False
    verbs: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    is_for_files: bool = False
    lock: str = ""


class Security(Record):
    """rules/tables/security.yaml."""

    secret_names: tuple[SecretNames, ...] = ()
    public_names: tuple[PublicNames, ...] = ()
    placeholders: tuple[Placeholders, ...] = ()
    shapes: tuple[TokenShape, ...] = ()
    files: tuple[SecretFile, ...] = ()
    stores: tuple[SecretStore, ...] = ()
    switches: tuple[Switch, ...] = ()
