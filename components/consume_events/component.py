"""Interfaces of `consume_events`: what is to be read, and the reading."""

from kfp import dsl

from components.container import container


@dsl.container_component
def plan_offsets(
    topics: dict,
    kinds: list,
    after: dict,
    pipeline: str,
    table: dict,
    version: str,
    as_of: str,
    offsets: dsl.OutputPath(dict),
    shares: dsl.OutputPath(list),
    run_key: dsl.OutputPath(str),
    records: dsl.OutputPath(int),
    summary: dsl.Output[dsl.Artifact],
    consumers: int = 1,
    events_dir: str = "",
    since: str = "",
    until: str = "",
    fail_on_data_loss: bool = True,
):
    """Fix from where to where each partition is read, and cut that into shares for consumers that read side by side.

    Args:
        topics: Topics by name, each with the kind of its definition.
        kinds: Definitions of the events.
        after: Offsets of the last commit; empty to begin with all there is.
        pipeline: Name of the pipeline, part of the key.
        table: Definition of the table that the events go to.
        version: Version of the pipeline's definition, part of the key.
        as_of: Instant of the run, ISO 8601 with offset; part of the key where there is nothing to read.
        offsets: For each topic its id, and for each partition the first offset to read and the one to go on from; with
            what is known of records that are lost or wait.
        shares: The same cut into parts, at least one and at most `consumers`; events of one kind that have
            ids are never parted, since a repeated one may lie in any partition.
        run_key: Hash of pipeline, table, offsets and version: the key of the commit.
        records: How many records there are to read, at most.
        summary: How many records there are to read, as JSON.
        consumers: How many consumers there may be.
        events_dir: Archive of topics to read in place of Kafka: a directory with JSON lines below TOPIC/.
        since: Where `after` is empty: begin with what became known at this instant, ISO 8601, and leave out the rest.
        until: Leave what became known after this instant, ISO 8601, to later runs.
        fail_on_data_loss: Stop where records after the last commit are gone; else go on with what a topic holds now.

    Exit codes: 10 for a damaged file, 11 for unknown topics, a file that cannot be read or a wrong parameter, 13 when
    records after the last commit are no longer in the topic, 75 when the broker does not answer.
    """
    return container("consume_events.plan", locals())


@dsl.container_component
def consume_events(
    topics: dict,
    kinds: list,
    spans: dict,
    events: dsl.Output[dsl.Dataset],
    rejected: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
    event_types: dict = {},  # noqa: B006 - nobody calls it: KFP reads the default
    future_minutes: int = -1,
    most_rejected: float = 0.01,
    of_run: int = 0,
    events_dir: str = "",
):
    """Bring the committed records of a share, as events and, where they are malformed, as rejected ones.

    Args:
        topics: Topics by name, each with the kind of its definition.
        kinds: Definitions of the events.
        spans: What to read: one of the shares that `plan_offsets` has cut.
        events: Events: topic, partition, offset, event_type, event_id, the columns of the definitions, event_time and
            known_at.
        rejected: Records that are no such event: topic, partition, offset, reason and excerpt.
        summary: Records read, taken and rejected, as JSON.
        event_types: Which text in the field of the kind stands for which kind, in place of what the definitions say.
        future_minutes: How much later than it became known an event may have happened, in place of what the
            definitions say; -1 for that.
        most_rejected: Largest share of rejected records that is let pass.
        of_run: Of how many records that share is one, some of which others read; 0 for those of this share alone.
        events_dir: Archive of topics to read in place of Kafka, as `plan_offsets` was given it.

    Exit codes: 10 for too many rejected records or a damaged file, 11 for unknown topics or a wrong parameter, 13 when
    records that were planned for are no longer in the topic, 75 when the broker does not answer.
    """
    return container("consume_events", locals())


@dsl.container_component
def report_lag(
    offsets: dict,
    pipeline: str,
    summary: dsl.Output[dsl.Artifact],
    events_dir: str = "",
):
    """Commit a run's offsets for the consumer group `stockpot.PIPELINE`, by which Kafka's tools show the lag.

    Nothing is read from there: where a run goes on stands in the table. A broker that refuses or does not answer is a
    warning, and changes nothing.

    Args:
        offsets: Offsets of the run, as `plan_offsets` fixed them.
        pipeline: Name of the pipeline.
        summary: The group, and whether the broker was told, as JSON.
        events_dir: Archive that was read in place of Kafka; then there is nobody to tell.
    """
    return container("consume_events.report_lag", locals())
