"""Which columns hold what is personal, by the words of their names."""

import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from components.shell.errors import ConfigurationError

_PEOPLE = (
    "account", "author", "client", "contact", "customer", "employee", "guest", "member", "patient", "people", "person",
    "recipient", "subscriber", "user",
)  # fmt: skip

DEFAULT: tuple[str, ...] = (
    # How a person is reached, and where they live.
    "email", "e_mail", "mail", "phone", "telephone", "tel", "mobile_number", "fax", "address", "addr", "street",
    "house_number", "postal_code", "postcode", "post_code", "zip", "zipcode",
    # What a person is called: `name` alone says so in a table of people only.
    "first_name", "middle_name", "last_name", "full_name", "given_name", "family_name", "maiden_name", "display_name",
    "nick_name", "screen_name", "login_name", "firstname", "lastname", "fullname", "nickname", "username", "surname",
    "forename", *(f"{person}_name" for person in _PEOPLE), *(f"{person}.name" for person in _PEOPLE),
    *(f"{person}.mobile" for person in _PEOPLE), *(f"{person}.login" for person in _PEOPLE),
    # What a person proves themselves with.
    "password", "passwd", "passphrase", "pwd", "pw", "pwhash", "secret", "api_key", "private_key", "access_token",
    "auth_token", "refresh_token", "reset_token", "session_token",
    # When and where they were born, what they are known by to a state or a bank, what they believe.
    "birth", "birthday", "birthdate", "born", "dob", "ssn", "social_security", "national_id", "passport", "tax_id",
    "driving_licence", "driver_license", "iban", "bank_account", "account_number", "card_number", "credit_card", "cvv",
    "ethnicity", "religion",
    # What their device is known by.
    "ip", "ipv4", "ipv6", "ipaddr", "remote_host", "user_agent",
    # Where they are.
    "gps", "lat", "lon", "lng", "latitude", "longitude", "geolocation",
)  # fmt: skip
"""The words that mark a column as personal; several words stand side by side, as in `first_name`.

`customer.name` marks a column that is called just so, in a table of customers alone.
"""

_WORD = re.compile(r"[^\W\d_]+")
# Where a word begins that is marked by its capital only: firstName, IPAddress.
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# Letters of other alphabets that look like these: a slip of the keyboard hides no column.
_LIKE = str.maketrans(
    "\u0430\u0435\u0456\u0458\u043e\u0440\u0441\u0443\u0445\u0455\u0501\u04bb\u0131\u03b1\u03b9\u03bd\u03bf\u03c1",
    "aeijopcyxsdhiaivop",
)
_AWAY = "-"
# Shorter ones begin and end too many other words: tel, ip, zip.
_SHORTEST_WITHIN = 5


@dataclass(frozen=True)
class Personal:
    """What marks a column as personal."""

    entries: tuple[str, ...] = DEFAULT

    def marks(self, table: str, column: str) -> bool:
        """Whether the names of a table and of its column say that the column is personal, in any usual spelling."""
        return any(_says(entry, table, column) for entry in self.entries)


def personal(changes: Sequence[Any]) -> Personal:
    """The default list with changes: an entry is added, or taken away where a `-` stands before it.

    Raises:
        ConfigurationError: one that is taken away is not there (the near match is named), or one says nothing.
    """
    entries = dict.fromkeys(DEFAULT)
    for change in changes:
        entry = change.removeprefix(_AWAY) if isinstance(change, str) else ""
        if not _words(entry):
            raise ConfigurationError(f"{change!r} marks nothing as personal", 'write words such as "first_name"')
        if not change.startswith(_AWAY):
            entries[entry] = None
        elif entry in entries:
            del entries[entry]
        else:
            near = difflib.get_close_matches(entry, entries, n=1)
            hint = f"did you mean -{near[0]}?" if near else "docs/extract.md has the list"
            raise ConfigurationError(f"'{entry}' is not on the list of what is personal", hint)
    return Personal(tuple(entries))


def _says(entry: str, table: str, column: str) -> bool:
    of_table, dot, words = entry.rpartition(".")
    if dot:
        return _alike(_words(column), _words(words)) and _within(_words(of_table), _words(table))
    return _within(_words(words), _words(column)) or any(_runs_on(word, words) for word in _words(column))


def _runs_on(word: str, entry: str) -> bool:
    """Whether a word begins or ends with an entry: Postgres makes `useremail` of a name that was written userEmail."""
    together = "".join(_words(entry))
    ends = (together, f"{together}s", f"{together}es")
    return len(together) >= _SHORTEST_WITHIN and (word.startswith(together) or word.endswith(ends))


@lru_cache(4_096)
def _words(name: str) -> tuple[str, ...]:
    """The words of a name in small letters, without accents.

    Every column is held against every entry, so the same few names are asked about again and again.
    """
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    return tuple(_WORD.findall(_HUMP.sub("_", plain).casefold().translate(_LIKE)))


def _within(wanted: Sequence[str], words: Sequence[str]) -> bool:
    last = len(words) - len(wanted)
    return any(_alike(words[start : start + len(wanted)], wanted) for start in range(last + 1))


def _alike(words: Sequence[str], wanted: Sequence[str]) -> bool:
    return len(words) == len(wanted) and all(map(_is, words, wanted))


def _is(word: str, wanted: str) -> bool:
    """Whether they are the same word, one or many."""
    return word in {wanted, f"{wanted}s", f"{wanted}es"}
