"""Interface of `consume_events`."""

from kfp import dsl

from components.images import reference


@dsl.container_component
def consume_events(
    topics: dict,
    after: dict,
    events: dsl.Output[dsl.Dataset],
    rejected: dsl.Output[dsl.Dataset],
    offsets: dsl.OutputPath(dict),
    summary: dsl.Output[dsl.Artifact],
    most_rejected: float = 0.01,
):
    """Bring what the topics have gained since the last commit, up to where they end as the step begins.

    Args:
        topics: Topics by name, each with the one kind of event in it: view, comment or flag.
        after: Offsets of the last commit, as this step wrote them to `offsets`; empty to begin with all there is.
        events: Events: topic, partition, offset, event_type, event_id, image_id, event_time and known_at.
        rejected: Records that are no such event: topic, partition, offset, reason and excerpt.
        offsets: For each topic its id, and for each partition the first offset read and the one to go on from.
        summary: Records read, taken and rejected, as JSON.
        most_rejected: Largest share of rejected records that is let pass.

    Exit codes: 10 for too many rejected records, 11 for unknown topics or a wrong parameter, 13 when records after the
    last commit are no longer in the topic, 75 when the broker does not answer.
    """
    return dsl.ContainerSpec(
        image=reference("consume_events"),
        command=["python", "-m", "components.consume_events"],
        args=[
            "--topics", topics,
            "--after", after,
            "--events", events.path,
            "--rejected", rejected.path,
            "--offsets", offsets,
            "--summary", summary.path,
            "--most-rejected", most_rejected,
        ],
    )  # fmt: skip
