"""Entry of the step `tfidf`."""

from datetime import datetime
from pathlib import Path

from components.shell import step
from components.shell.instants import parse_instant
from components.tfidf.compute import Outputs, Settings, compute


def main(
    *,
    articles: Path,
    before: Path,
    as_of: datetime,
    rows: Path,
    vocabulary: Path,
    summary: Path,
    max_features: int = 7000,
    min_df: int = 2,
    stop_words: str = "english",
    refit_share: float = 0.05,
    fit_until: str = "",
) -> None:
    """Weigh the words of articles' texts."""
    until = parse_instant(fit_until) if fit_until else None
    settings = Settings(max_features, min_df, stop_words, refit_share, until)
    compute(articles, before, as_of, settings, Outputs(rows, vocabulary)).write(summary)


if __name__ == "__main__":
    step.run(main)
