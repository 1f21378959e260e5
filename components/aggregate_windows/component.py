"""Interface of `aggregate_windows`."""

from kfp import dsl

from components.images import reference


@dsl.container_component
def aggregate_windows(
    events: dsl.Input[dsl.Dataset],
    as_of: str,
    windows: dsl.Output[dsl.Dataset],
    summary: dsl.Output[dsl.Artifact],
):
    """Count events per kind, image and five-minute window; an event on a boundary is in the window that starts there.

    Args:
        events: Events: event_type, image_id, event_time.
        as_of: Instant of the run, which every window carries as processed_at.
        windows: Windows with at least one event: event_type, image_id, window_start, window_end, event_count and
            processed_at, in the order of event_type and window_start.
        summary: Events in and windows out, and what was checked of them, as JSON.

    Exit codes: 10 when the windows do not hold as many events as came in.
    """
    return dsl.ContainerSpec(
        image=reference("aggregate_windows"),
        command=["python", "-m", "components.aggregate_windows"],
        args=[
            "--events", events.path,
            "--as-of", as_of,
            "--windows", windows.path,
            "--summary", summary.path,
        ],
    )  # fmt: skip
