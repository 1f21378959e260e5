"""Whether the services that the user names answer, asked before a run starts what could only fail and be retried."""

import socket
from urllib.parse import urlsplit

from components.connect import postgres
from components.connect.network import proxy_for, refuse_plaintext
from components.shell.errors import TransientError
from stockpot.local.endpoints import Given, ObjectStore, Postgres

_SECONDS = 5


def ask(given: Given, *, database: bool, store: bool) -> None:
    """Ask the user's own services, as far as they are wanted, for a sign of life.

    Raises:
        ConfigurationError: Postgres answers and refuses the login or the database, or does not prove itself; a service
            would be reached in the clear.
        TransientError: nothing answers at an address.
    """
    if database and given.postgres:
        _ask_postgres(given.postgres)
    if store:
        for endpoint in {own.endpoint: own for own in (given.store, given.catalog_store) if own}.values():
            _ask_store(endpoint)


def _ask_postgres(given: Postgres) -> None:
    for address in {given.reader, given.catalog}:
        postgres.connect(address).close()


def _ask_store(store: ObjectStore) -> None:
    refuse_plaintext(store.endpoint, "MINIO_ENDPOINT")
    proxy = proxy_for(store.endpoint)
    parts = urlsplit(proxy or store.endpoint)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    try:
        socket.create_connection((parts.hostname, port), timeout=_SECONDS).close()
    except OSError as error:
        who, names = ("proxy", "HTTP_PROXY, HTTPS_PROXY and NO_PROXY") if proxy else ("object store", "MINIO_ENDPOINT")
        raise TransientError(
            f"the {who} at {parts.hostname}:{port} does not answer: {error.strerror or error}",
            f"check that it runs and that {names} is right",
        ) from None
