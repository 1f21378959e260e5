"""Addresses of Postgres that cannot be ones, and transactions whose settings are their own."""

import psycopg2
import pytest

from components.shell.errors import ConfigurationError
from components.shell.postgres import connect, reading


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://cook:sesame@localhost:port/kitchen",
        "postgresql://cook:sesame@localhost:99999/kitchen",
        "postgresql://cook:sesame@localhost/kitchen?sslmode=somehow",
        "postgresql://cook:sesame@[::1/kitchen",
    ],
)
def test_an_address_that_cannot_be_one_is_a_matter_of_configuration(address: str) -> None:
    """Trying again would not help, and no part of the address is repeated."""
    with pytest.raises(ConfigurationError, match="the Postgres address cannot be read") as caught:
        connect(address)
    assert not any(part in str(caught.value) for part in ("cook", "sesame", "kitchen", "somehow"))


def test_no_default_reaches_a_transaction_that_reads(database_url: str) -> None:
    """Limits of time, forms of texts and hidden rows are set for the transaction alone, transaction_timeout too."""
    defaults = {
        "statement_timeout": "20s", "idle_in_transaction_session_timeout": "20s", "transaction_timeout": "20s",
        "lock_timeout": "20s", "datestyle": "SQL, DMY", "intervalstyle": "sql_standard", "timezone": "Asia/Kolkata",
        "extra_float_digits": "-3", "bytea_output": "escape", "array_nulls": "off", "search_path": "app",
    }  # fmt: skip
    name = database_url.rpartition("/")[2].partition("?")[0]
    admin = psycopg2.connect(database_url)
    with admin, admin.cursor() as cursor:
        for setting, value in defaults.items():
            cursor.execute(f"ALTER DATABASE {name} SET {setting} TO {value if ',' in value else repr(value)}")
    admin.close()
    with reading(database_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(name) FROM unnest(%s) name", ([*defaults],))
        found = [value for (value,) in cursor.fetchall()]
        # What the user's views rely on is left to the user.
        assert found == ["0", "0", "0", "1min", "ISO, DMY", "iso_8601", "UTC", "1", "hex", "on", "app"]
        connection.rollback()
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('row_security')")
        assert cursor.fetchone() == ("20s", "on")
