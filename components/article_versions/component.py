"""Interfaces of `article_versions`: how a catalogue stands at a cut, and what has changed in it."""

from kfp import dsl

from components.container import container


@dsl.container_component
def article_versions(
    raw: dsl.Input[dsl.Dataset],
    before: dsl.Input[dsl.Dataset],
    as_of: str,
    rows: dsl.Output[dsl.Dataset],
    versions: dsl.Output[dsl.Dataset],
    rejected: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
    timezone: str = "UTC",
    retire_missing: bool = True,
):
    """Check and complete the articles of a shop as they stand at `as_of`.

    Args:
        raw: The table articles as `extract_postgres` wrote it, and categories where there are any.
        before: Of each article the version that stood just before `as_of`.
        as_of: Instant of the run: nothing that became known later counts.
        rows: One row per article, with its place in the tree of categories, its text and hashes of what it says.
        versions: The same articles as the source has them, for the versions.
        rejected: Articles and categories that make no sense, each with a reason.
        summary: Rows that came, count, stay as they were and were rejected, and why, as JSON.
        timezone: The shop's zone, in whose days articles are so old.
        retire_missing: Whether an article that the source no longer has is gone; else it stays as it was.

    Exit codes: 10 where there are no articles, 11 for ids that are numbers, and for a zone that is none.
    """
    return container("article_versions", locals())


@dsl.container_component
def catalogue_changes(
    rows: dsl.Input[dsl.Dataset],
    previous: dsl.Input[dsl.Dataset],
    previous_snapshot: str,
    changed: dsl.OutputPath(str),
    added: dsl.OutputPath(int),
    removed: dsl.OutputPath(int),
    text_changed: dsl.OutputPath(int),
    image_changed: dsl.OutputPath(int),
    commercial_changed: dsl.OutputPath(int),
    summary: dsl.Output[dsl.Artifact],
    changed_share: float = 0.05,
    changed_rows: int = 0,
):
    """Count what has changed in the catalogue since the run before, and say whether that is much.

    What an article costs and how much of it there is is counted, and never makes it changed.

    Args:
        rows: The articles now.
        previous: The articles of the run before: their ids and hashes.
        previous_snapshot: The snapshot that they are from; empty where there was none, and then all has changed.
        changed: Whether the catalogue has changed: `true` or `false`.
        added: How many articles are there that were not.
        removed: How many were there that are not.
        text_changed: Of how many the text is another.
        image_changed: Of how many the image is another.
        commercial_changed: Of how many price or stock are others.
        summary: The same, as JSON.
        changed_share: From which share of the previous articles on the catalogue has changed; price and stock aside.
        changed_rows: From how many changes on it has changed, whatever their share; 0 for no such number.

    Exit codes: 11 for a threshold that makes no sense.
    """
    return container("article_versions.changes", locals())
