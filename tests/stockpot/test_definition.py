"""What stands wrong in a pipeline's file is told by file and line, with what was meant; nothing comes up later."""

import sys
from pathlib import Path

import pytest

import pipelines
from components.shell.errors import ConfigurationError
from components.shell.missing import FILL
from stockpot.compiler.definitions import load
from stockpot.definition import completed, find

TEXT = '''"""Apples."""

from components.shell.schema import Table
from stockpot.dataset import Dataset
from stockpot.definition import Schedule
from stockpot.modes import AppendStream

DATASET = Dataset(
    name="apples",
    version="1",
    title="Apples",
    table=Table("kitchen.apples", ["at timestamptz!", "kind string"]),
    mode=AppendStream(time="at"),
    schedule=Schedule(cron="0 4 * * *"),
    label="kind",
)


@DATASET.pipeline
def apples(run) -> None:
    """Count apples."""
    run.begun
'''
FILE = "pipelines/apples.py"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name="apples"', 'name="pears"', f"{FILE} holds the pipeline 'pears' - call the file pears.py"),
        ('name="apples"', 'name="Apples 2"', f"{FILE}:8 cannot be imported: 'Apples 2' cannot be a pipeline's name"),
        ("0 4 * * *", "0 25 * * *", f"{FILE}:14 cannot be imported: '0 25 * * *' is no cron schedule"),
        ("0 4 * * *", "0 4 * * * *", f"{FILE}:14 cannot be imported: '0 4 * * * *' is no cron schedule"),
        ('label="kind"', 'label="knid"', "label 'knid' of dataset apples is no column of kitchen.apples; did"),
        ("run.begun", "run.begone", f"{FILE}:22 cannot be imported: AttributeError: 'Run' object has no attribute"),
        ('version="1",', 'version="1"', f"{FILE}:10 cannot be imported: invalid syntax"),
        ('"at timestamptz!"', '"at timestampz!"', "did you mean 'timestamptz'?"),
    ],
)
def test_what_is_written_wrong_is_told_by_file_and_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, said: str
) -> None:
    """Whatever it is, and whoever finds it."""
    (tmp_path / "apples.py").write_text(TEXT.replace(old, new, 1))
    monkeypatch.setattr(pipelines, "__path__", [*pipelines.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "pipelines.apples", raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    with pytest.raises(ConfigurationError) as raised:
        find("apples")
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("table", "pipeline"),
    [
        ("retail.articles", "articles-content"),
        ("retail.article_versions", "articles-content"),
        ("retail.sessions", "events-and-funnels"),
        ("kitchen.apples", ""),
    ],
)
def test_a_missing_table_is_told_with_the_pipeline_that_fills_it(table: str, pipeline: str) -> None:
    """Its own, one beside it or one that follows; a table that nobody fills is told as the step tells it."""
    line = f"read-iceberg: table {table} does not exist in catalog 'c' - {FILL}; then go on"
    named = f"{FILL} (stockpot run {pipeline})" if pipeline else FILL
    assert completed(line) == line.replace(FILL, named)
    assert completed(f"there is no table '{table}' - {FILL}") == f"there is no table '{table}' - {named}"
    assert completed(f"table {table} is odd - look") == f"table {table} is odd - look"


def test_the_command_that_fills_a_table_runs_where_the_line_comes_from() -> None:
    """The table nearest before is meant; with the caller's home or cluster, and from the file that was named."""
    line = f"of table retail.reviews, table retail.sessions does not exist - did you mean 'retail.events'? Else {FILL}"
    home = ("--home", "/my home")
    assert completed(line, options=home).endswith("(stockpot run events-and-funnels --home '/my home')")
    named = completed(line, "submit", ("--namespace", "feed"))
    assert named.endswith("(stockpot submit events-and-funnels --namespace feed)")


def test_a_table_of_a_pipeline_in_a_file_is_told_with_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the project that the caller named; a file that nobody has named is not looked into."""
    file = tmp_path / "orchard.py"
    file.write_text(TEXT)
    line = f"table kitchen.apples does not exist - {FILL}"
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert completed(line, beside=f"{file}:apples") == line
    load(f"{file}:apples")
    assert completed(line, options=("--project", "."), beside=f"{file}:pears").endswith(
        f"(stockpot run {file}:apples --project .)"
    )
    assert completed(line) == line
