"""The command as its container runs it: outputs, exit codes, one line of error, no call home."""

import json
import os
import resource
import subprocess
import sys
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from components.check_quality.__main__ import main
from components.shell import datasets
from components.shell.errors import ContractError
from components.shell.summary import Summary, read_summary
from tests.harness.memory import measured

CONTRACT = {
    "columns": ["id long!", "share double!", "label boolean!"],
    "unique": ["id"],
    "ranges": {"share": {"min": 0.0, "max": 1.0}},
    "shares": {"label": {"max": 0.5, "severity": "warning"}},
    "row_count": {"min": 1.0},
}
# Rules that have to see all rows at once.
ALL_ROWS_AT_ONCE = {
    "columns": [*CONTRACT["columns"], "other long", "key long"],
    "compare": ["id < other"],
    "continuous": {"id": {"step": "97", "per": ["key"]}},
    "distinct": [{"columns": ["id", "key"], "min_share": 1}],
    "references": [{"columns": ["key"], "to": ["id"]}],
    "expectations": [{"type": "expect_column_median_to_be_between", "kwargs": {"column": "share", "min_value": 0.5}}],
}
_ROOT = str(Path(__file__).parents[3])
# Any attempt to speak to another machine ends the process with a code of its own.
_NO_NETWORK = """
import socket, os
def refuse(*arguments, **named):
    os.write(2, b"NETWORK %r" % (arguments,)); os._exit(99)
socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = refuse
socket.getaddrinfo = socket.create_connection = refuse
"""


def table(rows: int = 4, **changed: Any) -> pa.Table:
    """Rows that keep the contract, with changed columns."""
    columns = {"id": np.arange(rows), "share": np.full(rows, 0.5), "label": np.zeros(rows, bool)}
    return pa.table(columns | changed)


def write(directory: Path, rows: pa.Table) -> None:
    """Write the rows as a dataset of several row groups."""
    datasets.write_dataset(directory / "rows", rows.schema, rows.to_batches(max_chunksize=50_000))


def check(directory: Path, rows: pa.Table, contract: dict[str, Any]) -> Summary:
    """The summary after a check inside this process."""
    write(directory, rows)
    outputs = {name: directory / "out" / name for name in ("results", "report", "summary")}
    main(rows=directory / "rows", contract=contract, as_of=datetime(2026, 1, 15, tzinfo=UTC), **outputs)
    return read_summary(outputs["summary"])


def run(directory: Path, contract: dict[str, Any], **environment: str) -> subprocess.CompletedProcess[str]:
    """`check_quality` on the dataset there, with an empty home, in an empty working directory."""
    home = directory / "home"
    home.mkdir(exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "components.check_quality",
        "--rows",
        str(directory / "rows"),
        "--contract",
        json.dumps(contract),
    ]
    command += ["--as-of", "2026-01-15T00:00:00Z"]
    for name in ("results", "report", "summary"):
        command += [f"--{name}", str(directory / "out" / name)]
    environment = {**os.environ, "PYTHONPATH": _ROOT, "HOME": str(home), **environment}
    command = measured(command, directory / "cost")
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_a_kept_contract_is_told_and_nothing_is_sent_anywhere(tmp_path: Path):
    """With every socket refused and Great Expectations' own cloud configured, the outputs are there, and one line."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(_NO_NETWORK)
    path = f"{tmp_path / 'site'}:{_ROOT}"
    cloud = {"GX_CLOUD_ACCESS_TOKEN": "x", "GX_CLOUD_ORGANIZATION_ID": "00000000-0000-0000-0000-000000000000"}
    write(tmp_path, table())
    done = run(tmp_path, CONTRACT, PYTHONPATH=path, **cloud)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.endswith("INFO 11 expectations met, 0 warned, on 4 rows")
    shown = {"moments": {"share": [0.5, 0.0], "label": [0.0, 0.0]}}
    details = {"met": 11, "failed": 0, "warned": 0, "failures": [], "warnings": [], **shown}
    assert read_summary(tmp_path / "out/summary") == Summary(4, 4, 0, details)
    results = json.loads((tmp_path / "out/results").read_text())
    assert (results["rows"], results["met"], results["failed"]) == (4, 11, 0)
    assert {entry["state"] for entry in results["expectations"]} == {"met"}
    assert list((tmp_path / "home").iterdir()) == []
    command = [sys.executable, "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:1')"]
    assert (
        subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, check=False).returncode
        == 99
    )


def test_a_broken_contract_writes_everything_and_exits_with_10(tmp_path: Path):
    """The line names the first three expectations and the number of the rest."""
    broken = pa.table({"id": pa.array([1, 1, None], pa.int64()), "share": [0.5, 2.0, 0.5], "extra": ["a", "b", "c"]})
    write(tmp_path, broken)
    done = run(tmp_path, CONTRACT)
    assert done.returncode == 10
    warning, line = done.stderr.splitlines()
    assert warning.endswith(
        "WARNING shares(label): expected share of true at most 0.5, found column 'label' is missing"
    )
    assert line == (
        "error: the data breaks its contract in 6 of 11 expectations: "
        "columns: expected 3 columns in the contract's order, found missing: label; unexpected: extra; "
        "type(label): expected boolean, found column 'label' is missing; "
        "not_null(id): expected never null, but 1 of 3 rows breaks it and 3 more - see the report"
    )
    summary = read_summary(tmp_path / "out/summary")
    assert (summary.rows_in, summary.rows_out, summary.rows_rejected, summary.details["failed"]) == (3, 0, 3, 6)
    assert "The contract is broken" in (tmp_path / "out/report").read_text()
    ranges = next(
        one for one in json.loads((tmp_path / "out/results").read_text())["expectations"] if one["rule"] == "ranges"
    )
    assert ranges == {
        "rule": "ranges", "columns": ["share"], "severity": "error", "expected": "from 0 to 1",
        "observed": "1 of 3 rows breaks it",
        "success": False, "state": "failed", "expectation": "expect_column_values_to_be_between", "unexpected": 1,
        "unexpected_at_least": False, "examples": ["2"], "rows": [1],
    }  # fmt: skip


def test_a_warning_passes(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    """It is logged, counted and shown in amber."""
    assert check(tmp_path, table(label=np.ones(4, bool)), CONTRACT).details["warned"] == 1
    assert "shares(label): expected share of true at most 0.5, found 1" in caplog.text
    assert "The contract is kept, with warnings" in (tmp_path / "out/report").read_text()


def test_no_rows_pass_unless_the_row_count_says_otherwise(tmp_path: Path):
    """Zero rows are for `row_count` to refuse."""
    assert check(tmp_path, table(0), {**CONTRACT, "row_count": {"min": 0}}).rows_in == 0
    with pytest.raises(ContractError, match="row_count: expected at least 1 row, found 0 rows"):
        check(tmp_path, table(0), CONTRACT)


def test_a_contract_that_makes_no_sense_exits_with_11_at_once(tmp_path: Path):
    """Nothing is checked and nothing written."""
    write(tmp_path, table())
    done = run(tmp_path, {"collumns": []})
    assert done.returncode == 11
    (line,) = done.stderr.splitlines()
    assert line.startswith(
        "error: the contract makes no sense: the contract has no key 'collumns'; did you mean 'columns'?"
    )
    assert not (tmp_path / "out").exists()


def test_an_unfinished_dataset_exits_with_10(tmp_path: Path):
    """A dataset without its manifest was not written to the end."""
    (tmp_path / "rows").mkdir()
    done = run(tmp_path, CONTRACT)
    assert done.returncode == 10
    assert "no manifest" in done.stderr


class Page(HTMLParser):
    """What a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag and whatever it would load or run."""
        self.tags.append(tag)
        self.links += [f"{name}={value}" for name, value in attrs if name in ("src", "href") or name.startswith("on")]


def test_the_page_is_static_and_escapes_what_it_shows(tmp_path: Path):
    """No script, nothing loaded, and a value that looks like HTML stays text."""
    contract = {"sets": {"kind": ["good"]}}
    with pytest.raises(ContractError):
        check(tmp_path, pa.table({"kind": ["<script>alert(1)</script>"]}), contract)
    text = (tmp_path / "out/report").read_text()
    page = Page()
    page.feed(text)
    assert "script" not in page.tags
    assert page.links == []
    assert "&lt;script&gt;alert(1)" in text
    assert "url(" not in text
    assert "@import" not in text


@pytest.mark.parametrize(("rows", "seconds", "mebibytes"), [(300_000, 30, 700)])
def test_three_hundred_thousand_rows_stay_small(tmp_path: Path, rows: int, seconds: float, mebibytes: int):
    """Far below 1.5 GiB, in seconds; the limits leave room for a busy machine."""
    write(tmp_path, table(rows, other=np.arange(rows) + 1, key=np.arange(rows) % 97))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run(tmp_path, CONTRACT | ALL_ROWS_AT_ONCE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    assert (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime) < seconds
    assert json.loads((tmp_path / "cost").read_text())["memory"] < mebibytes
