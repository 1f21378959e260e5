"""Whatever a password is, nothing that is printed or kept holds it, in whatever writing it comes."""

import base64
import html
import io
import json
import re
import shlex
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from psycopg2.extensions import make_dsn

from components.connect.postgres import classify
from components.shell.errors import TransientError
from components.shell.names import CATALOG_PREFIX
from components.shell.redaction import (
    Masked,
    brief,
    knowing,
    logins_of,
    mask_file,
    masked,
    masked_in,
    names_secret,
    redact,
    secrets_of,
)
from components.shell.status import run_end
from components.shell.step import verdict
from stockpot.local.display import line_of
from stockpot.local.events import TaskRetry


def _streamed(text: str) -> str:
    stream = io.StringIO()
    try:
        raise ValueError(text)  # noqa: TRY301 - to be printed
    except ValueError:
        traceback.print_exc(file=Masked(stream))
    return stream.getvalue()


FORMS: Mapping[str, Callable[[str], str]] = {
    "as it is": str,
    "in an address": lambda word: f"postgresql://cook:{quote(word, safe='')}@db/kitchen",
    "in an address of SQLAlchemy's": lambda word: f"postgresql+psycopg2://cook:{quote_plus(word)}@db/kitchen",
    "in an address, in small letters": lambda word: re.sub("%..", lambda sign: sign[0].lower(), quote(word)),
    "in libpq's pairs": lambda word: make_dsn(host="db", password=word),
    "in Python": repr,
    "in Python's bytes": lambda word: repr(word.encode()),
    "in JSON": lambda word: json.dumps({"x": word}),
    "in JSON with all letters": lambda word: json.dumps({"x": word}, ensure_ascii=False),
    "in HTML": html.escape,
    "for a shell": shlex.quote,
    "on one line": lambda word: " ".join(word.split()),
    "in a header": lambda word: "Basic " + base64.b64encode(f"cook:{word}".encode()).decode(),
    "in base64": lambda word: base64.urlsafe_b64encode(word.encode()).decode(),
}
PLACES: Mapping[str, Callable[[str], str]] = {
    "an error": lambda text: verdict(ValueError(text))[0],
    "an error of a step's own": lambda text: verdict(TransientError(text, text))[0],
    "an error of the driver": lambda text: str(classify(ValueError(text))),
    "a line of the terminal": lambda text: line_of(TaskRetry("load", 1, 2.0, text)),
    "what people are told": lambda text: run_end({"state": "FAILED", "error": {"message": f"error: {text}"}}).reason,
    "a record": lambda text: json.dumps(masked_in({"warnings": [text], text: 1}), ensure_ascii=False),
    "a traceback": _streamed,
}
# Of signs that nothing around them has, so that whatever is left of them is theirs.
words = st.text(st.characters(exclude_characters="\0*", exclude_categories=["Cs"]), min_size=4, max_size=24).filter(
    lambda word: len("".join(word.split())) >= 4
)


def _written(word: str) -> set[str]:
    """The secret as people would recognise it, but for what stands around it in any case."""
    return {word.strip(), quote(word, safe=""), base64.b64encode(word.encode()).decode().rstrip("=")}


@settings(max_examples=40, derandomize=True)
@given(words)
def test_no_place_shows_a_password_in_any_writing(word: str) -> None:
    """By its value: the password of an address in the environment."""
    known = secrets_of({"DATABASE_URL": f"postgresql://cook:{quote(word, safe='')}@db/kitchen"})
    assume(known)
    with knowing(known):
        for form in FORMS.values():
            for place, show in PLACES.items():
                without = show("before  after")
                found = show(f"before {form(word)} after")
                for written in _written(word):
                    assert written not in found or written in without or written in show(form("***")), place


@settings(derandomize=True)
@given(words, st.sampled_from(["host=db password={}", "ssl://cook:{}@a:1,ssl://cook:{}@b:1", "http://cook:{}@proxy:1"]))
def test_logins_are_found_in_every_kind_of_address(word: str, address: str) -> None:
    """As they are written, and as they are meant."""
    written = quote(word, safe="") if "://" in address else "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"
    assert word in logins_of(address.replace("{}", written))


@settings(derandomize=True)
@given(words, st.binary(max_size=40))
def test_files_are_cleared(tmp_path_factory: pytest.TempPathFactory, word: str, noise: bytes) -> None:
    """Nothing else in them changes, text or not."""
    file = tmp_path_factory.getbasetemp() / "log"
    with knowing({word}):
        assume(masked(noise.decode("latin-1")) == noise.decode("latin-1"))
        file.write_bytes(noise + b"\n <" + word.encode() + b"> \n" + noise)
        mask_file(file)
    kept = file.read_bytes()
    assert kept.startswith(noise + b"\n <")
    assert kept.endswith(b"> \n" + noise)
    assert word.strip().encode() not in kept[len(noise) : len(kept) - len(noise)]


@pytest.mark.parametrize(
    ("secret", "text", "shown"),
    [
        ("abc", "abcd and abc", "abcd and abc"),
        ("soup", "soups, a soup: x-soup; soup@", "soups, a ***: x-soup; ***@"),
        ("postgres", "extract-postgres asks postgres", "extract-postgres asks ***"),
        ("so#p", "xso#py", "x***y"),
        ("s0upS0up", "xs0upS0upy", "x***y"),
        ("12345678", "9123456780 12345678", "9123456780 ***"),
    ],
)
def test_short_secrets_do_not_hide_everything(secret: str, text: str, shown: str) -> None:
    """What may stand in a word by chance counts only by itself, and what is shorter still not at all."""
    with knowing({secret} if len(secret) > 3 else secrets_of({"MINIO_SECRET_KEY": secret})):
        assert redact(text) == shown


def test_what_is_secret_in_an_environment() -> None:
    """Keys and tokens whole, of addresses the password, of channels all that is long; hosts and users are public."""
    environ = {
        "DATABASE_URL": "postgresql://postgres:postgres@postgres:5432/shop",
        f"{CATALOG_PREFIX}URI": "postgresql+psycopg2://cook:st%23w1@db/x",
        "MINIO_ENDPOINT": "http://minio:9000",
        "MINIO_ACCESS_KEY": "minio",
        "MINIO_SECRET_KEY": "kitchen-key",
        "STOCKPOT_NOTIFY_URLS": "slack://TokenOne/TokenTwo mailtos://me:hushhush@example.org",
        "STOCKPOT_CATALOG_PROPERTIES": '{"s3.role-arn": "arn:aws:1", "s3.access-secret": "deepdeep"}',
        "KAFKA_BOOTSTRAP_SERVERS": "localhost:9092",
        "AWS_REGION": "eu-west-1",
        "GITHUB_TOKEN": "ghp_12345678",
        "OWN": "own-value",
        "PATH": "/usr/bin:/bin",
        "PWD": "/home/cook",
    }
    assert secrets_of(environ, ["OWN"]) >= {
        "st#w1", "st%23w1", "kitchen-key", "TokenOne", "TokenTwo", "hushhush", "deepdeep", "ghp_12345678", "own-value",
    }  # fmt: skip
    for public in (
        "postgres",
        "minio",
        "arn:aws:1",
        "localhost:9092",
        "eu-west-1",
        "/usr/bin:/bin",
        "/home/cook",
        "shop",
    ):
        assert public not in secrets_of(environ)


def test_half_a_secret_is_not_left_over() -> None:
    """A text is cut only once it is clean."""
    with knowing({"s3cr3t-s3cr3t"}):
        assert brief("see s3cr3t-s3cr3t", 10) == "see ***"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://me:a/b?c#d@e@db/x lost", "postgresql://***@db/x lost"),
        ("password='a b\\' c' host=db", "password='***' host=db"),
        ('{"password": "a b", "x": 1}', '{"password": "***", "x": 1}'),
        ("http://host:80/path and me@example.org", "http://host:80/path and me@example.org"),
        ("max_tokens=256 x_token=256", "max_tokens=256 x_token=***"),
        ("stockpot run x --param 'api_token=***' --yes", "stockpot run x --param 'api_token=***' --yes"),
    ],
)
def test_what_nobody_told_is_known_by_its_look(text: str, shown: str) -> None:
    """Parameters may hold credentials as well, of which no setting tells."""
    assert redact(text) == shown


def test_much_text_takes_no_time(tmp_path: Path) -> None:
    """Nobody is made to wait by long texts, be they one line of a log or one word."""
    log = tmp_path / "log"
    log.write_bytes(b"nothing to see here\n" * 200_000)
    began = time.monotonic()
    with knowing({"s3cr3t-s3cr3t", "soup"}):
        mask_file(log)
        for word in ("a", "a://b:c,", "password='", "@://:", "token= "):
            redact(word * (100_000 // len(word)))
            logins_of(word * (100_000 // len(word)))
    assert time.monotonic() - began < 30


def test_many_secrets_and_a_long_log_are_a_matter_of_seconds(tmp_path: Path) -> None:
    """A log of 4 MB is searched for 1,000 secrets in a few seconds of work, and they are found among its words."""
    secrets = {f"{number * 2654435761:x}"[-6:] + "Kq" for number in range(1, 1001)}
    line = b"2026-01-01 INFO processed row 12345 of table posts path=/a/b/c\n"
    log = tmp_path / "log"
    log.write_bytes(line * ((4 << 20) // len(line)) + " ".join(sorted(secrets)).encode())
    began = time.process_time()
    with knowing(secrets):
        mask_file(log)
    assert time.process_time() - began < 5
    assert set(log.read_bytes()[-1000:]) == set(b"* ")


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("token", True),
        ("api_token", True),
        ("max_tokenizer_secret", True),
        ("max_tokens", False),
        ("MAX_TOKENS", False),
    ],
)
def test_a_number_of_tokens_is_no_secret(name: str, *, secret: bool) -> None:
    """How many words a model may read."""
    assert names_secret(name) is secret


@pytest.mark.parametrize("password", ["Grün#1", "tab\there#", "quote'\"\\9", "wide\u200b#1", "smile\U0001f600#1"])
def test_what_is_written_twice_or_in_ascii_is_masked_as_well(password: str) -> None:
    """A text inside a text, as in the errors that engines hand on, and Python's stderr in a locale without Unicode."""
    inside = json.dumps({"message": json.dumps({"said": password})})
    for text in (inside, ascii(password), repr(repr(password)), html.escape(html.escape(password))):
        with knowing({password}):
            assert redact(text).count("***") == 1, text
