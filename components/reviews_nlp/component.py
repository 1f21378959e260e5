"""Interface of `reviews_nlp`."""

from kfp import dsl

from components.container import container


@dsl.container_component
def judge_reviews(
    raw: dsl.Input[dsl.Dataset],
    versions: dsl.Input[dsl.Dataset],
    before: dsl.Input[dsl.Dataset],
    past: dsl.Input[dsl.Artifact],
    interval_start: str,
    interval_end: str,
    as_of: str,
    rows: dsl.Output[dsl.Dataset],
    stats: dsl.Output[dsl.Dataset],
    rejected: dsl.Output[dsl.Dataset],
    touched: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
    timezone: str = "UTC",
    min_words: int = 3,
    languages: list = ["en"],  # noqa: B006 - KFP reads the default and never calls this
    thresholds: list = [-0.05, 0.05],  # noqa: B006 - the same
    mask_pii: bool = True,
    most_rejected: float = 0.05,
    most_gone: float = 0.2,
):
    """Clean reviews that became known in an interval, judge their quality and language, and score what they say.

    Args:
        raw: The table reviews as `extract_postgres` wrote it; articles where there are any; `customers` and
            `transactions`, where they are asked for, with the `customer_id` of whom the source has.
        versions: What articles said, with `version` and `known_at`; without rows the articles of `raw` are taken.
        before: The rows that the table of reviews has, of all its columns; none where it is new.
        past: What was filled before, as `begin_run` wrote it.
        interval_start: First instant of the interval, ISO 8601: versions that became known in it are told.
        interval_end: First instant after it.
        as_of: Instant of the run: nothing that became known later counts.
        rows: One row per version of a review.
        stats: One row per article and local day on which something new of its reviews became known.
        rejected: Reviews that make no sense, each with a reason.
        touched: The instants before the interval of which the table lacks reviews that came too late.
        summary: Rows by reason, quality and language, sentiment by rating, and what is odd, as JSON.
        timezone: The shop's zone, in whose days reviews are so old.
        min_words: How many words a text has that is not too short.
        languages: Of which languages the sentiment is told; `und` are texts too short to tell theirs.
        thresholds: Up to which compound a sentiment is negative, and from which on positive.
        mask_pii: Whether e-mail addresses and phone numbers are masked, and the text as it was written is left out.
        most_rejected: Which share of reviews may make no sense.
        most_gone: Which share of reviews may be of customers whom the source does not have; more ends the run, and
            nothing is changed.

    Exit codes: 10 where there are no reviews, too many make no sense, or more than `most_gone` are of customers who are
    gone; 11 for a parameter that makes no sense, and for
    ids that are numbers.
    """
    return container("reviews_nlp", locals())
