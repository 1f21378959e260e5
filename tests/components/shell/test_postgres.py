"""Addresses of Postgres that cannot be ones."""

import pytest

from components.shell.errors import ConfigurationError
from components.shell.postgres import connect


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
