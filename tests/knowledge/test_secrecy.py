"""Names, values and texts that give secrets away, and those that only look like it."""

import pytest

from dfguard.knowledge.packs import bundled
from dfguard.knowledge.secrecy import Secrecy, words_of
from dfguard.knowledge.security import PublicNames
from dfguard.knowledge.shielding import shielded, shielded_line

SECRECY = Secrecy(bundled().security)
BODY = "QwErTyUiOpAsDfGhJkLzXcVbNmQaWsEdRf"
TOKEN = f"hf_{BODY}"


@pytest.mark.parametrize(
    "name",
    [
        "HF_TOKEN",
        "GITHUB_TOKEN",
        "HUGGING_FACE_HUB_TOKEN",
        "hfToken",
        "RUNPOD_API_KEY",
        "MAIL_PASS",
        "GITHUB_PAT",
        "AWS_SECRET_ACCESS_KEY",
        "SECRET_KEY",
        "PGPASSWORD",
        "HF_TOKEN_ARG",
        "SSH_PRIVATE_KEY",
        "HF_TOKEN_2",
    ],
)
def test_secret_names(name: str) -> None:
    assert SECRECY.is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "TOKENIZER_NAME",
        "MAX_TOKENS",
        "PUBLIC_KEY",
        "AWS_ACCESS_KEY_ID",
        "PASSWORD_FILE",
        "HF_HUB_DISABLE_IMPLICIT_TOKEN",
        "CACHE_KEY",
        "KEYBOARD",
        "PAD_TOKEN_ID",
        "GPG_KEY",
        "TOKEN_URL",
        "MYSQL_ALLOW_EMPTY_PASSWORD",
        "COMPASS",
        "PASSENGER_VERSION",
        "_",
        "1",
    ],
)
def test_harmless_names(name: str) -> None:
    assert not SECRECY.is_secret_name(name)


@pytest.mark.parametrize(
    ("name", "value", "is_secret"),
    [
        pytest.param("HF_TOKEN", "q8Zk1vN0", True, id="a value"),
        pytest.param("DB_PASSWORD", "admin", True, id="a default password"),
        pytest.param("DB_PASSWORD", "12345678", True, id="a password of digits"),
        pytest.param("A_TOKEN", "4096", False, id="a number"),
        pytest.param("A_TOKEN", "your-token-here", False, id="a placeholder"),
        pytest.param("A_TOKEN", "/run/secrets/a", False, id="a path"),
        pytest.param("A_PASSWORD", "true", False, id="a switch"),
        pytest.param("A_TOKEN", '""', False, id="nothing"),
        pytest.param("A_TOKEN", "https://x.org/token", False, id="an address"),
    ],
)
def test_values(name: str, value: str, is_secret: bool) -> None:  # noqa: FBT001  a column of the table
    assert SECRECY.is_secret_value(name, value) is is_secret


def test_words_of_a_name() -> None:
    assert words_of("hfToken_A-b") == ("hf", "token", "a", "b")


def test_tokens_are_found_where_they_stand() -> None:
    text = f"a {TOKEN} b"
    (found,) = SECRECY.tokens(text)
    assert (text[found.start : found.end], found.shape.id) == (TOKEN, "hugging-face")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("hf_" + "x" * 34, id="all the same"),
        pytest.param("AKIAIOSFODNN7EXAMPLE", id="the documentation's"),
        pytest.param(f"x{TOKEN}", id="inside another word"),
        pytest.param(f"{TOKEN}AAAAAAAA", id="too long"),
        pytest.param("hf_transfer", id="a name"),
    ],
)
def test_what_is_no_token(text: str) -> None:
    assert list(SECRECY.tokens(text)) == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(f"RUN x {TOKEN}", "RUN x hf_Qw" + "*" * 32, id="token"),
        pytest.param("ENV A_PASSWORD=hunter2 B=1", "ENV A_PASSWORD=******* B=1", id="assignment"),
        pytest.param("ENV A_PASSWORD hunter2", "ENV A_PASSWORD *******", id="legacy form"),
        pytest.param("ENV A_TOKEN=$A_TOKEN", "ENV A_TOKEN=$A_TOKEN", id="a reference"),
        pytest.param(
            "RUN git clone https://me:pw1@x.org", "RUN git clone https://me:***@x.org", id="address"
        ),
        pytest.param(
            "RUN git clone https://me:$PW@x.org", "RUN git clone https://me:$PW@x.org", id="variable"
        ),
        pytest.param("ENV TOKENIZER_NAME=abcdef", "ENV TOKENIZER_NAME=abcdef", id="no secret"),
        pytest.param(
            "os.environ['A_TOKEN'] = 'k3yk3yk3y'", "os.environ['A_TOKEN'] = ***********", id="Python, set"
        ),
        pytest.param(
            'x = os.getenv("A_TOKEN", "k3yk3yk3y")', 'x = os.getenv("A_TOKEN", ***********)', id="default"
        ),
        pytest.param("x = os.getenv('A_TOKEN', '')", "x = os.getenv('A_TOKEN', '')", id="empty default"),
    ],
)
def test_shielded_lines(line: str, expected: str) -> None:
    assert shielded_line(line, SECRECY) == expected
    assert len(expected) == len(line)


def test_messages_lose_tokens_only() -> None:
    assert shielded(f"the token {TOKEN} stays", SECRECY) == "the token hf_Qw" + "*" * 32 + " stays"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("x7QmPzR2vK9sLw4TbN6j", True, id="letters and digits"),
        pytest.param("minioadmin", False, id="a word"),
        pytest.param("correct-horse-battery-staple", False, id="words"),
        pytest.param("x7QmPzR2", False, id="short"),
        pytest.param("https://x7QmPzR2vK9sLw4TbN6j.org", False, id="address"),
        pytest.param("change-me-x7QmPzR2vK9sLw4", False, id="placeholder"),
        pytest.param("aaaaaaaaaaaaaaaaaaa1", False, id="one letter"),
    ],
)
def test_what_looks_generated(text: str, *, expected: bool) -> None:
    assert SECRECY.is_random(text) is expected


@pytest.mark.parametrize("row", bundled().security.public_names, ids=lambda row: row.id)
@pytest.mark.parametrize("rest", ["API_KEY", "SECRET", "AUTH_TOKEN", "DB_PASSWORD"])
def test_what_a_framework_compiles_into_the_client_is_public(row: PublicNames, rest: str) -> None:
    for prefix in row.prefixes:
        assert SECRECY.is_public_name(prefix + rest)
        assert not SECRECY.is_secret_name(prefix + rest)


@pytest.mark.parametrize(
    "name",
    ["INVITE_TOKEN", "MY_VITE_API_KEY", "VITETOKEN_SECRET", "NEXTPRIVATE_SECRET", "NUXT_SESSION_PASSWORD"],
)
def test_the_prefix_of_a_framework_stands_at_the_beginning_and_is_whole(name: str) -> None:
    assert not SECRECY.is_public_name(name)
    assert SECRECY.is_secret_name(name)
