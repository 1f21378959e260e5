"""Entry of the step `validate_embeddings`."""

import logging
from pathlib import Path

from components.shell import step
from components.shell.errors import ContractError
from components.validate_embeddings.judge import judged

log = logging.getLogger(__name__)


def main(*, rows: Path, articles: Path, before: Path, summary: Path, min_coverage: float = 0.99) -> None:
    """Judge the vectors of one kind."""
    found = judged(rows, articles, before, min_coverage)
    found.summary.write(summary)
    for finding in found.broken:
        log.warning("%s", finding.sentence)
    if errors := [finding.sentence for finding in found.broken if finding.is_error]:
        raise ContractError(
            f"the vectors do not hold: {'; '.join(errors)}", "look at model and articles; nothing is kept"
        )


if __name__ == "__main__":
    step.run(main)
