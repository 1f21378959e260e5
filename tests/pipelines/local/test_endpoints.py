"""Endpoints from the environment: what is derived, and what is refused."""

import pytest

from components.shell.errors import ConfigurationError
from pipelines.local.endpoints import CATALOG, combine, read

STORE = {"MINIO_ENDPOINT": "http://s3:9000", "MINIO_ACCESS_KEY": "a", "MINIO_SECRET_KEY": "b"}
CATALOG_STORE = {
    f"{CATALOG}S3__ENDPOINT": "https://other:9000",
    f"{CATALOG}S3__ACCESS_KEY_ID": "c",
    f"{CATALOG}S3__SECRET_ACCESS_KEY": "d",
}


def steps(environ: dict[str, str]) -> dict[str, str]:
    """What steps are told."""
    return dict(combine(read(environ), None, None).for_steps)


def test_the_catalog_lives_beside_the_source() -> None:
    """A catalog without address lies in the source's Postgres, and a source without one in the catalog's."""
    assert steps({"DATABASE_URL": "postgres://u:p@h/d"})[f"{CATALOG}URI"] == "postgresql+psycopg2://u:p@h/d"
    assert steps({f"{CATALOG}URI": "postgresql+psycopg2://u:p@h/d"})["DATABASE_URL"] == "postgresql://u:p@h/d"
    both = steps({"DATABASE_URL": "postgresql://h/a", f"{CATALOG}URI": "postgresql://h/b"})
    assert (both["DATABASE_URL"], both[f"{CATALOG}URI"]) == ("postgresql://h/a", "postgresql+psycopg2://h/b")


def test_one_store_serves_both() -> None:
    """Settings of the store serve the catalog and the other way round; where both are set, each keeps its own."""
    assert steps(STORE)[f"{CATALOG}S3__SECRET_ACCESS_KEY"] == "b"
    assert steps(CATALOG_STORE)["MINIO_ENDPOINT"] == "https://other:9000"
    assert steps(STORE | CATALOG_STORE)[f"{CATALOG}S3__ENDPOINT"] == "https://other:9000"
    assert steps(STORE)[f"{CATALOG}WAREHOUSE"] == "s3://gourmetgram-datalake/warehouse"
    assert steps(STORE | {f"{CATALOG}WAREHOUSE": "s3://mine/w"})[f"{CATALOG}WAREHOUSE"] == "s3://mine/w"


def test_an_empty_variable_is_not_set() -> None:
    """Blank values count as missing."""
    given = read({"DATABASE_URL": " ", "MINIO_ENDPOINT": "", "KAFKA_BOOTSTRAP_SERVERS": "k:9092"})
    assert (given.postgres, given.store, given.kafka) == (None, None, "k:9092")


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"MINIO_ENDPOINT": "http://s3:9000"}, "MINIO_ACCESS_KEY, MINIO_SECRET_KEY not set, though MINIO_ENDPOINT is"),
        ({"MINIO_SECRET_KEY": "x"}, "MINIO_ENDPOINT, MINIO_ACCESS_KEY not set"),
        ({f"{CATALOG}S3__ENDPOINT": "http://s3"}, "S3__ACCESS_KEY_ID"),
        ({**STORE, "MINIO_ENDPOINT": "http://s3/bucket"}, "MINIO_ENDPOINT is no endpoint"),
        ({**STORE, "MINIO_ENDPOINT": "ftp://s3"}, "MINIO_ENDPOINT is no endpoint"),
        ({**STORE, "MINIO_ENDPOINT": "s3:port"}, "MINIO_ENDPOINT is no endpoint"),
        ({**STORE, "MINIO_ENDPOINT": "http://[::1"}, "MINIO_ENDPOINT is no endpoint"),
        ({"DATABASE_URL": "mysql://u:hidden@h/d"}, "DATABASE_URL is no Postgres address"),
        ({"DATABASE_URL": "postgresql://u:hidden@[::1/d"}, "DATABASE_URL is no Postgres address"),
        ({f"{CATALOG}URI": "sqlite:///x"}, "URI is no Postgres address"),
    ],
)
def test_half_a_service_is_an_error(environ: dict[str, str], message: str) -> None:
    """Partial or impossible settings are one configuration error that names the variable and no secret."""
    with pytest.raises(ConfigurationError, match=message) as caught:
        read(environ)
    assert "hidden" not in str(caught.value)


def test_no_representation_shows_a_secret() -> None:
    """Addresses and keys stay out of what is printed."""
    given = read({**STORE, "MINIO_SECRET_KEY": "hidden", "DATABASE_URL": "postgresql://u:hidden@h/d"})
    assert "hidden" not in repr(given) + repr(combine(given, None, None))
