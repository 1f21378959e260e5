"""Entry of the step `validate_embeddings`."""

import json
import logging
from itertools import chain
from pathlib import Path

from components.shell import datasets, step
from components.shell.errors import ContractError
from components.shell.files import write_atomically
from components.shell.summary import OFF, Summary
from components.validate_embeddings.validate import GONE, Bounds, validate
from components.vectors.columns import BERT, CLIP
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
    max_drop: float = 0.2,
) -> None:
    """Validate the vectors of each kind, and hand them on together."""
    # Which articles have an image, only the step that looked for them knows.
    validated = [
        validate(BERT, texts, articles, before, Bounds(min_coverage, max_drop)),
        validate(CLIP, images, articles, before, Bounds(0, max_drop)),
    ]
    findings = {each.kind: each.details for each in validated if each.findings}
    count = sum(each.rows for each in validated)
    Summary(count, count, 0, {"findings": findings} if findings else OFF).write(summary)
    expectations = [finding.expectation(each.kind) for each in validated for finding in each.findings]
    write_atomically(results, json.dumps({"expectations": expectations}, indent=2).encode())
    broken = [(f"{each.kind}: {finding.sentence}", finding) for each in validated for finding in each.broken]
    for sentence, _ in broken:
        log.warning("%s", sentence)
    if errors := [sentence for sentence, finding in broken if finding.is_error]:
        gone = any(finding.name == GONE for _, finding in broken)
        way = "; if vectors are gone by right, run it once with a larger max_drop, such as 1" if gone else ""
        raise ContractError(
            f"the vectors do not hold: {'; '.join(errors)}", f"look at model and articles; nothing is kept{way}"
        )
    datasets.write_dataset(rows, SCHEMA, chain(datasets.read_batches(texts), datasets.read_batches(images)))


if __name__ == "__main__":
    step.run(main)
