"""Receipts and what follows from them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from components.begin_run.migrate import migrate
from components.iceberg.receipts import Receipt, before, parse_receipt, resolve
from components.shell.errors import SourceGoneError, SupersededError
from tests.components.load_iceberg.scene import DEFINITION, EPOCH, T0, job, table_now

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
DONE = Receipt(
    "key-1",
    "p",
    START,
    START + DAY,
    START + 2 * DAY,
    "1.9",
    rows=7,
    attempt="a",
    snapshot_id=42,
    unfit='{"reject":{"price: too large for float":2}}',
)


def test_a_receipt_survives_the_summary():
    """What goes into a snapshot's summary comes out of it."""
    receipt = replace(DONE, git_commit="abc")
    assert parse_receipt({**receipt.properties(), "added-records": "7"}, 42) == receipt


def test_foreign_summaries_hold_no_receipt():
    """Neither a compaction nor a load without an interval is taken for one."""
    assert parse_receipt({"added-records": "7"}, 1) is None
    assert parse_receipt({"stockpot.run-key": "k", "stockpot.offsets": "{}"}, 1) is None


def test_a_summary_says_no_more_than_there_is():
    """What a load does not say of itself is left out, and what others say in words of their own is not its."""
    plain = Receipt("key-1", "p", START, START + DAY, START + 2 * DAY, "1")
    assert {key.removeprefix("stockpot."): text for key, text in plain.properties().items()} == {
        "run-key": "key-1",
        "pipeline": "p",
        "interval-start": "2026-01-01T00:00:00Z",
        "interval-end": "2026-01-02T00:00:00Z",
        "as-of": "2026-01-03T00:00:00Z",
        "rows": "0",
        "definition-version": "1",
    }
    foreign = {"run-id": "another", "git-commit": "abc", "generation": "3"}
    assert parse_receipt({**plain.properties(), **foreign}, 0) == plain


def test_what_a_table_held_before_a_load_is_the_snapshot_below(catalog_env, tmp_path):
    """None before the first, and the current one where there was no such load."""
    migrate([DEFINITION])
    assert before(table_now(), "no load") is None
    first, second = job(EPOCH, T0), job(T0, T0 + DAY)
    done = [one.load(one.write(tmp_path / one.receipt.run_key)).receipt.snapshot_id for one in (first, second)]
    keys = (first.receipt.run_key, second.receipt.run_key, "no load")
    assert [before(table_now(), key) for key in keys] == [None, *done]
    table_now().maintenance.expire_snapshots().by_id(done[0]).commit()
    with pytest.raises(SourceGoneError, match=r"held before snapshot \d+ has expired"):
        before(table_now(), keys[1])


def test_the_own_key_is_done():
    """A load whose key is there has nothing to do, whatever its attempt."""
    assert resolve([DONE], replace(DONE, attempt="b", snapshot_id=0)) == DONE


@pytest.mark.parametrize("version", ["1.10", "2", "10"])
def test_a_newer_version_may_rewrite(version):
    """Versions are ordered as people order them."""
    assert resolve([DONE], replace(DONE, run_key="key-2", version=version)) is None


@pytest.mark.parametrize("version", ["1.9", "1.8", "1", "0.10"])
def test_no_other_version_may_rewrite(version):
    """The same version with another key, or an older one, was overtaken."""
    with pytest.raises(SupersededError, match=r"version 1\.9 of the definition has committed"):
        resolve([DONE], replace(DONE, run_key="key-2", version=version))


@pytest.mark.parametrize(("start", "end", "fits"), [(1, 2, True), (0, 2, True), (2, 3, False), (-1, 0, False)])
def test_a_load_continues_what_is_committed(start, end, fits):
    """What follows, or covers more, may be committed; a gap or an earlier end may not."""
    load = replace(DONE, run_key="key-2", interval_start=START + start * DAY, interval_end=START + end * DAY)
    if fits:
        assert resolve([DONE], load) is None
    else:
        with pytest.raises(SupersededError):
            resolve([DONE], load)
