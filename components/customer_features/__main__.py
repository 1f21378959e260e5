"""Entry of the step `customer_features`."""

from pathlib import Path

from components.customer_features.compute import Outputs, compute
from components.customer_features.settings import Settings
from components.retail.moment import Moment
from components.shell import step


def main(*, raw: Path, versions: Path, moment: Moment, settings: Settings, outputs: Outputs, summary: Path) -> None:
    """Compute what is known of each customer at the cut."""
    compute(raw, versions, moment, settings, outputs).write(summary)


if __name__ == "__main__":
    step.run(main)
