"""Entry of the step `user_item_interactions`."""

from pathlib import Path

from components.retail.moment import Moment
from components.shell import step
from components.user_item_interactions.compute import Outputs, compute
from components.user_item_interactions.settings import Settings


def main(*, raw: Path, moment: Moment, settings: Settings, outputs: Outputs, summary: Path) -> None:
    """Compute what each customer has bought of each article by the cut."""
    compute(raw, moment, settings, outputs).write(summary)


if __name__ == "__main__":
    step.run(main)
