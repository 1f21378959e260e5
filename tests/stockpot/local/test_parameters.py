"""What a person gives a run, from the command line to values in their types."""

from pathlib import Path

import pytest

from components.shell.errors import ConfigurationError
from stockpot.commands.options import parameters
from stockpot.compiler import ir
from stockpot.local.parameters import start, utc_now

KINDS = {"names": "STRUCT", "signals": "LIST", "config": "STRING"}
TAKEN = {name: ir.Parameter(name, kind, optional=True) for name, kind in KINDS.items()}
PIPELINE = ir.Pipeline("shop", "", ir.Component("shop", ir.Dag(()), TAKEN))


def given(*texts: str) -> dict[str, object]:
    """The values of the parameters that were written so."""
    return dict(start(PIPELINE, parameters(list(texts)), None, "run", utc_now()).parameters)


def test_values_come_from_files_as_json_or_yaml(tmp_path: Path) -> None:
    """A mapping may be either, on the command line too; a text stays what it is, and JSON has no dates."""
    (tmp_path / "retail.yaml").write_text("# ours: theirs\nsales: till.sales\nsales.at: 2020-01-01\n")
    (tmp_path / "names.json").write_text('{"sales": "till.sales"}')
    names, signals = {"sales": "till.sales"}, ["view", "cart"]
    assert given(f"names=@{tmp_path}/retail.yaml") == {"names": {**names, "sales.at": "2020-01-01"}}
    assert given(f"names=@{tmp_path}/names.json", "signals=[view, cart]") == {"names": names, "signals": signals}
    assert given(f"config=@{tmp_path}/names.json") == {"config": '{"sales": "till.sales"}'}


def test_files_that_say_nothing_are_refused(tmp_path: Path) -> None:
    """One that is not there, or no text, or no mapping: one line that names the parameter."""
    (tmp_path / "odd").write_bytes(b"\xff\xfe")
    (tmp_path / "list.yaml").write_text("- sales\n")
    (tmp_path / "no.yaml").write_text("sales: [\n")
    for name, message in (
        ("nowhere.yaml", "nowhere.yaml cannot be read: No such file or directory - name a file of this machine"),
        ("odd", "odd cannot be read: it is no text"),
        ("list.yaml", "parameter names must be"),
        ("no.yaml", "parameter names is no YAML"),
    ):
        with pytest.raises(ConfigurationError) as raised:
            given(f"names=@{tmp_path}/{name}")
        assert message in str(raised.value)
