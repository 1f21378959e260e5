"""Entry of the step `validate_embeddings`."""

import json
import logging
from itertools import chain
from pathlib import Path

from components.shell import datasets, step
from components.shell.errors import ContractError
from components.shell.files import write_atomically
from components.shell.summary import OFF, Summary
from components.validate_embeddings.judge import judged
from components.vectors.rows import SCHEMA

log = logging.getLogger(__name__)


def main(
    *,
    texts: Path,
    images: Path,
    articles: Path,
    before: Path,
    rows: Path,
    results: Path,
    summary: Path,
    min_coverage: float = 0.99,
) -> None:
    """Judge the vectors of each kind, and hand them on together."""
    # Which articles have an image, only the step that looked for them knows.
    found = [judged(texts, articles, before, min_coverage), judged(images, articles, before, 0)]
    told = {each.kind: each.told for each in found if each.rows}
    count = sum(each.rows for each in found)
    Summary(count, count, 0, {"findings": told} if told else OFF).write(summary)
    expectations = [finding.expectation(each.kind) for each in found for finding in each.findings]
    write_atomically(results, json.dumps({"expectations": expectations}, indent=2).encode())
    broken = [(f"{each.kind}: {finding.sentence}", finding.is_error) for each in found for finding in each.broken]
    for sentence, _ in broken:
        log.warning("%s", sentence)
    if errors := [sentence for sentence, is_error in broken if is_error]:
        raise ContractError(
            f"the vectors do not hold: {'; '.join(errors)}", "look at model and articles; nothing is kept"
        )
    datasets.write_dataset(rows, SCHEMA, chain(datasets.read_batches(texts), datasets.read_batches(images)))


if __name__ == "__main__":
    step.run(main)
