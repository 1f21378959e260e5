"""Texts without secrets: what a process prints or keeps passes through here.

Secrets are known by their values, in whatever writing they come: those in the environment, and those that a caller
adds. Besides, what looks like a password goes, such as the login of an address.
"""

import base64
import html
import json
import mmap
import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote, quote_plus, unquote

from components.shell.names import CATALOG_PREFIX
from components.shell.settings import CATALOG_PROPERTIES, is_public, known

HIDDEN = "***"
# Tokens that are limited are words of a model.
_SECRET_NAME = re.compile(
    r"password|passwd|passphrase|pwd|secret|(?<!max_)token|credential|(api|access|private)[_-]?key", re.IGNORECASE
)
_LOOKS_SECRET = re.compile(
    # No part is without a bound, or a long text without blanks would take for ever.
    r"(?P<scheme>[a-z][a-z0-9+.-]{0,31}://)(?:[^\s/@]{0,999}|[^\s/@:]{0,99}:\S{0,999})@"
    r"|(?P<key>(?:password|secret|(?<!max_)token)[a-z_]{0,31}[\"']?\s{0,9}[=:]\s{0,9})(?!\*{3})"
    r"(?:(?P<mark>['\"])(?:\\.|(?!(?P=mark)).){0,999}(?P=mark)|[^\s,;]+)",
    re.IGNORECASE,
)
# What may hold a login among much that is public; all that others hold is secret.
_ADDRESSES = frozenset(
    {"DATABASE_URL", "KAFKA_BOOTSTRAP_SERVERS", "HTTPS_PROXY", "HTTP_PROXY"}
    | {f"{CATALOG_PREFIX}{name}" for name in ("URI", "S3__PROXY_URI")}
)
_CHANNELS = "STOCKPOT_NOTIFY_URLS"
# Their names look as if they held passwords.
_DIRECTORIES = ("PWD", "OLDPWD")
# A key of JSON, and the text under it.
_ENTRY = re.compile(r'"(?P<key>(?:[^"\\]|\\.)*)"\s*:\s*"(?:[^"\\]|\\.)*"')
_PAIR = re.compile(
    r"(?:^|[\s?&])(?:ssl)?password\s*=\s*(?:'(?P<quoted>(?:[^'\\]|\\.)*)'|(?P<plain>[^\s&]+))", re.IGNORECASE
)
_BLANK = re.compile(r"\s")
_WORD = re.compile(r"[\w.-]+")
# A sign that words, numbers and paths have not.
_ODD = re.compile(r"[^\w\s./:,-]")
# Shorter values stand in many a text by chance; these and plain words count only where they stand by themselves.
_SHORTEST = 4
_DISTINCTIVE = 8
_LONG_WORD = 16
# So many of their first letters group secrets; what is left is tried one by one.
_PREFIX_LENGTH = 4
_MOST_LOGINS = 64
_LONGEST_LOGIN = 1000
# Between the addresses of a list.
_NEXT = re.compile(r",\s*\w+://")
# What `\s` means for texts, for texts in UTF-8.
_BLANKS = rb"(?:[\s\x1c-\x1f]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80)+"
_scoped_secrets: ContextVar[frozenset[str]] = ContextVar("secrets", default=frozenset())


@contextmanager
def knowing(secrets: Collection[str]) -> Iterator[None]:
    """Let all that is done inside know these secrets too."""
    before = _scoped_secrets.set(_scoped_secrets.get() | frozenset(secrets))
    try:
        yield
    finally:
        _scoped_secrets.reset(before)


def redact(text: str) -> str:
    """The text without secrets, known ones and what looks like one."""
    return _LOOKS_SECRET.sub(_without_login, masked(text))


def _without_login(match: re.Match[str]) -> str:
    mark = match["mark"] or ""
    return f"{match['scheme']}{HIDDEN}@" if match["scheme"] else f"{match['key']}{mark}{HIDDEN}{mark}"


def masked(text: str) -> str:
    """The text without the secrets that are known, and otherwise as it is."""
    pattern = _pattern(_known())
    return pattern.sub(HIDDEN, text) if pattern else text


def masked_in(value: Any) -> Any:
    """The same for all texts in a value of JSON."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {masked_in(key): masked_in(each) for key, each in value.items()}
    return [masked_in(each) for each in value] if isinstance(value, list | tuple) else value


def brief(error: object, longest: int) -> str:
    """What an error says, on one line, without secrets; cut only then, for half a secret is known to nobody."""
    return redact(" ".join(str(error).split()))[:longest]


def mask_file(path: Path) -> None:
    """Put asterisks in place of the secrets that are known in a file, whatever its size: it takes no room to do so."""
    pattern = _byte_pattern(_known())
    if pattern is None or not path.is_file() or not path.stat().st_size:
        return
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as content:
        for match in pattern.finditer(content):
            start, end = match.span()
            content[start:end] = b"*" * (end - start)


def names_secret(name: str) -> bool:
    """Whether a name says that what it holds is secret."""
    return bool(_SECRET_NAME.search(name))


def without_secrets(name: str, value: Any) -> Any:
    """A value of JSON under that name, with asterisks in place of what its name or a name within it tells to be secret.

    A text of JSON is read as well, and stays as it is written where nothing in it is secret.
    """
    if names_secret(name):
        return HIDDEN
    if isinstance(value, Mapping):
        return {key: without_secrets(str(key), each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(name, each) for each in value]
    return _text_without_secrets(value) if isinstance(value, str) else value


def _text_without_secrets(text: str) -> str:
    text = _ENTRY.sub(lambda entry: f'"{entry["key"]}": "{HIDDEN}"' if names_secret(entry["key"]) else entry[0], text)
    try:
        document = json.loads(text)
        shown = without_secrets("", document)
    except (ValueError, RecursionError):
        return text
    return text if shown == document else json.dumps(shown, ensure_ascii=False)


class Masked:
    """A stream for texts that passes them on without secrets."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text without secrets."""
        self._stream.write(redact(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        """All else of the stream as it is."""
        return getattr(self._stream, name)


def _known() -> frozenset[str]:
    return _scoped_secrets.get() | _of_environment(tuple(os.environ.items()))


@lru_cache(maxsize=8)
def _of_environment(variables: tuple[tuple[str, str], ...]) -> frozenset[str]:
    return secrets_of(dict(variables))


def secrets_of(environ: Mapping[str, str], secret_names: Collection[str] = ()) -> frozenset[str]:
    """The secrets that the variables hold: those of the settings, those whose names say so, and `secret_names`.

    What a public setting says as well, such as a host, is none.
    """
    secrets: set[str] = set()
    public: set[str] = set()
    for name, value in environ.items():
        if name in _ADDRESSES:
            logins = logins_of(value)
            secrets |= logins
            if value.count("@") <= 1:
                public |= _words(value, logins)
        elif is_public(name):
            public |= _words(value, ())
        elif known(name) or name in secret_names or _is_secret_by_name(name, value):
            secrets |= _secrets_in(name, value)
        elif not _BLANK.search(value.strip()):
            secrets |= logins_of(value)
    return frozenset(each for each in secrets if len("".join(each.split())) >= _SHORTEST and each not in public)


def _is_secret_by_name(name: str, value: str) -> bool:
    return names_secret(name) and name not in _DIRECTORIES and len(value) >= _DISTINCTIVE


def _secrets_in(name: str, value: str) -> set[str]:
    if name == _CHANNELS:
        long = (word for word in re.split(r"[\s/:@?&=]+", value) if len(word) >= _DISTINCTIVE)
        return {*value.split(), *long, *logins_of(value)}
    if name == CATALOG_PROPERTIES:
        return _in_properties(value)
    lines = (line.strip() for line in value.splitlines())
    return {value.strip(), *lines, *logins_of(value)}


def _in_properties(value: str) -> set[str]:
    try:
        properties = json.loads(value)
    except (ValueError, RecursionError):
        return {value}
    texts = (
        {name: each for name, each in properties.items() if isinstance(each, str)}
        if isinstance(properties, dict)
        else {}
    )
    secret = {each for name, each in texts.items() if names_secret(name)}
    return secret.union(*(logins_of(each) for each in texts.values()))


def logins_of(text: str) -> set[str]:
    """Whatever could be a password in an address, by whichever rules it is read, as written and as meant."""
    logins: set[str] = set()
    ends = [match.start() for match in re.finditer("@", text)][:_MOST_LOGINS]
    for start in [match.end() for match in re.finditer("://", text)][:_MOST_LOGINS]:
        user = text.find(":", start)
        logins |= {text[user + 1 : end] for end in ends if start < user < end <= user + _LONGEST_LOGIN}
    logins = {each for each in logins if not _NEXT.search(each)}
    for pair in _PAIR.finditer(text):
        logins.add(re.sub(r"\\(.)", r"\1", pair["quoted"]) if pair["quoted"] is not None else pair["plain"])
    return logins | {unquote(each) for each in logins}


def _words(value: str, logins: Collection[str]) -> set[str]:
    for login in sorted(logins, key=len, reverse=True):
        value = value.replace(f":{login}@", "@")
    return set(_WORD.findall(value))


@lru_cache(maxsize=8)
def _pattern(secrets: frozenset[str]) -> re.Pattern[str] | None:
    forms = {form for secret in secrets for form in _forms(secret)}
    return re.compile(_any_of(sorted(forms, key=len, reverse=True))) if forms else None


def _any_of(forms: list[str], begun: str = "") -> str:
    """A pattern for the first of the forms that is there; all begin with `begun`, which has been read.

    Forms are distinguished by one letter after the other. An attempt with each of them at each place of a log takes
    minutes; and only where all begin with a letter is the rest of the text skipped fast.
    """
    if len(begun) == _PREFIX_LENGTH or (len(forms) == 1 and begun):
        return _either(_rest(form, begun) for form in forms)
    at = len(begun)
    further: dict[str, list[str]] = {}
    for form in forms:
        further.setdefault(form[at : at + 1].strip(), []).append(form)
    here = further.pop("", [])  # a blank or the end comes next
    return _either(
        [*(re.escape(letter) + _any_of(each, begun + letter) for letter, each in further.items()),
         *(_rest(form, begun) for form in here)]
    )  # fmt: skip


def _either(patterns: Iterable[str]) -> str:
    return f"(?:{'|'.join(patterns)})"


@lru_cache(maxsize=8)
def _byte_pattern(secrets: frozenset[str]) -> re.Pattern[bytes] | None:
    pattern = _pattern(secrets)
    return re.compile(pattern.pattern.encode("utf-8", "surrogateescape").replace(rb"\s+", _BLANKS)) if pattern else None


def _is_distinctive(form: str) -> bool:
    """Whether a text is so strange that it is no accident, even inside a word."""
    if _ODD.search(form):
        return True
    plain = form.isdigit() or (form.isalpha() and form.islower()) or len(form.split()) > 1
    return len(form) >= (_LONG_WORD if plain else _DISTINCTIVE)


def _rest(form: str, begun: str) -> str:
    """The form as a pattern, from where it has been read; blanks may have become others, as where lines are joined."""
    rest = r"\s+".join(re.escape(part) for part in re.split(r"\s+", form[len(begun) :].rstrip()))
    return rest if _is_distinctive(form) else rf"(?<![\w-]{re.escape(begun)}){rest}(?![\w-])"


def _forms(secret: str) -> set[str]:
    """The ways in which a secret may be written: in addresses, JSON, Python, HTML, shells, libpq's pairs and base64."""
    plain = {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(secret)[1:-1])[1:-1],
        repr(secret)[1:-1],
        repr(repr(secret))[2:-2],
        ascii(secret)[1:-1],
        repr(secret.encode())[2:-1],
        html.escape(secret),
        html.escape(html.escape(secret)),
        secret.replace("'", "'\"'\"'"),
        secret.replace("\\", "\\\\").replace("'", "\\'"),
    }
    plain |= {re.sub("%[0-9A-F]{2}", lambda sign: sign[0].lower(), form) for form in plain}
    return {form.strip() for form in plain.union(_base64(secret.encode())) if form.split()}


def _base64(secret: bytes) -> Iterator[str]:
    """The secret in base64, also where it begins and ends in the middle of something, as in an HTTP header."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + secret).decode().rstrip("=")
        first = (before * 8 + 5) // 6
        last = (before + len(secret)) * 8 // 6
        inside = whole[first:last]
        for form in [*([] if before else [whole]), *([inside] if len(inside) >= _DISTINCTIVE else [])]:
            yield form
            yield form.replace("+", "-").replace("/", "_")
