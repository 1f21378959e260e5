"""What rules beyond the rows are held against, as `read_baseline` found it: what came before, and other tables."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from components.shell import schema
from components.shell.errors import ConfigurationError
from components.shell.schema import Contract

FACTS = "baseline.json"
PREVIOUS = "previous"


@dataclass(frozen=True)
class Baseline:
    """What was committed before: rows (None where nothing was), their name, means of columns; and keys, of others too.

    Keys are datasets: `keys` says which lie in `directory`, by the name that `keys_of` gives a rule.
    """

    directory: Path
    rows: int | None = None
    name: str = ""
    means: Mapping[str, float | None] = field(default_factory=dict)
    keys: Sequence[str] = ()

    def write(self) -> None:
        """Write all but the keys, which are there."""
        document = {
            "rows": self.rows, "name": self.name, "means": dict(self.means), "keys": list(self.keys),
        }  # fmt: skip
        (self.directory / FACTS).write_text(json.dumps(document, indent=2))


def read_baseline(directory: Path | None, contract: Contract) -> Baseline | None:
    """The baseline in the directory; None where the contract needs none.

    Raises:
        ConfigurationError: it needs one, and none is given, or that of another contract.
    """
    if not contract.beyond:
        return None
    if directory is None or not (directory / FACTS).is_file():
        rule = contract.beyond[0]
        raise ConfigurationError(
            f"the contract's {rule.part} ({rule.text}) needs what the table and others hold",
            "give check_quality the output of read_baseline as its input baseline",
        )
    document = json.loads((directory / FACTS).read_text())
    baseline = Baseline(directory, document["rows"], document["name"], document["means"], document["keys"])
    for rule in contract.beyond:
        if (keys := keys_of(rule)) and keys not in baseline.keys and (baseline.rows is not None or keys != PREVIOUS):
            raise ConfigurationError(f"the baseline lacks {keys}", "give read_baseline the same contract")
    return baseline


def keys_of(rule: schema.Rule) -> str:
    """Where the keys lie that the rule is held against; empty where it needs none."""
    if isinstance(rule, schema.References) and rule.table:
        return f"{rule.table}.{'.'.join(rule.to)}"
    return PREVIOUS if isinstance(rule, schema.Change) and rule.key else ""
