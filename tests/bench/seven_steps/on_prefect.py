"""Seven steps that hand a value on, on Prefect: all in one process, as it runs tasks by itself."""

from prefect import flow, task


@task
def nothing(before):
    """A function that does nothing."""
    return before


@flow
def seven_steps():
    """Seven of them."""
    said = ""
    for _ in range(7):
        said = nothing(said)


if __name__ == "__main__":
    seven_steps()
