"""`python -m components.trigger_training.follow`: submit the workflow that follows a run."""

from pathlib import Path
from typing import Any

from components.shell import step
from components.shell.summary import OFF, Summary
from components.trigger_training.send import send
from components.trigger_training.workflow import following_workflow


def main(
    *,
    workflow_template: str,
    parameters: dict[str, Any],
    namespace: str,
    run_key: str,
    snapshot_as: str,
    snapshot_id: str,
    summary: Path,
) -> None:
    """Submit the workflow that follows a run, once."""
    if not workflow_template:
        print("Nothing follows: no template is named.")
        Summary(details=OFF).write(summary)
        return
    workflow = following_workflow(workflow_template, parameters, run_key, {snapshot_as: snapshot_id})
    sent, words = send(namespace, workflow)
    print(words)
    sent.write(summary)


if __name__ == "__main__":
    step.run(main)
