"""The sample in a real Postgres and a real object store."""

import gzip
import json

import psycopg2
import pytest

from components.shell.errors import ConfigurationError, TransientError
from stockpot.samples.gourmetgram import sample
from stockpot.samples.source import fill
from stockpot.samples.topic import PREFIX, dump, upload


def _query(url, statement):
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


@pytest.mark.parametrize("generation", ["new", "old"])
def test_an_empty_database_is_filled(database_url, generation):
    """All five tables are created with the generation's columns and all rows of the sample."""
    assert set(fill(database_url, generation=generation).values()) == {"filled"}
    history = sample(governance=generation == "new")
    for table in ("users", "images", "comments", "flags", "image_milestones"):
        assert _query(database_url, f'SELECT count(*) FROM "{table}"') == [(len(getattr(history, table)),)]
    listed = _query(database_url, "SELECT column_name FROM information_schema.columns WHERE table_name = 'images'")
    names = {name for (name,) in listed}
    assert ("uploaded_at" in names) == (generation == "old")
    assert ("deleted_at" in names) == (generation == "new")


def test_values_arrive_unchanged(database_url):
    """Instants to the microsecond, nulls, empty texts and emoji come back as they were."""
    fill(database_url)
    there = _query(database_url, "SELECT id::text, caption, created_at, views, deleted_at FROM images")
    wanted = [(str(row.id), row.caption, row.uploaded_at, row.views, row.deleted_at) for row in sample().images]
    assert there == wanted


def test_a_second_call_changes_nothing(database_url):
    """The same sample is recognised, row for row."""
    fill(database_url)
    assert set(fill(database_url).values()) == {"unchanged"}


def test_an_emptied_table_is_filled_again(database_url):
    """A table that lost its rows gets them back; the others stay."""
    fill(database_url)
    _query(database_url, "TRUNCATE flags")
    again = fill(database_url)
    assert again.pop("flags") == "filled"
    assert set(again.values()) == {"unchanged"}


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO users SELECT * FROM users LIMIT 1",
        "UPDATE images SET views = views + 1",
        "DELETE FROM flags WHERE comment_id IS NOT NULL",
        "ALTER TABLE comments ADD COLUMN likes int",
    ],
)
def test_other_data_is_never_touched(database_url, change):
    """A database with rows or columns of its own is refused with exit code 11 and stays as it is."""
    fill(database_url)
    _query(database_url, change)
    counts = "SELECT (SELECT count(*) FROM users), (SELECT sum(views) FROM images), (SELECT count(*) FROM flags)"
    before = _query(database_url, counts)
    with pytest.raises(ConfigurationError, match=r"other data in .* --replace"):
        fill(database_url)
    assert _query(database_url, counts) == before
    assert "replaced" in fill(database_url, replace=True).values()
    assert set(fill(database_url).values()) == {"unchanged"}


def test_generations_do_not_mix(database_url):
    """The older generation counts as other data where the newer one lies."""
    fill(database_url)
    with pytest.raises(ConfigurationError):
        fill(database_url, generation="old")


def test_views_become_one_file_a_day(monkeypatch, object_store):
    """The bucket holds every view once, as the platform writes them."""
    monkeypatch.setenv("MINIO_ENDPOINT", object_store.endpoint)
    monkeypatch.setenv("MINIO_ACCESS_KEY", object_store.access_key)
    monkeypatch.setenv("MINIO_SECRET_KEY", object_store.secret_key)
    views = sample().views
    files = upload(views, object_store.bucket)
    names = [item.object_name for item in object_store.client.list_objects(object_store.bucket, prefix=f"{PREFIX}/")]
    assert len(names) == files == len(dump(views))
    lines = [
        json.loads(line)
        for name in names
        for line in gzip.decompress(object_store.client.get_object(object_store.bucket, name).read()).splitlines()
    ]
    assert len(lines) == len(views)
    assert {line["event_type"] for line in lines} == {"view"}
    assert min(line["viewed_at"] for line in lines) == views[0].viewed_at.isoformat().removesuffix("+00:00")
    with pytest.raises(ConfigurationError, match="bucket"):
        upload(views, "no-such-bucket")


def test_no_database_is_one_clear_error():
    """Nothing at the address is a transient error."""
    with pytest.raises(TransientError, match="does not answer"):
        fill("postgresql://nobody@127.0.0.1:1/none")
