"""Entry of the step `trigger_training`."""

from pathlib import Path
from typing import Any

from components.shell import step
from components.shell.summary import OFF, Summary
from components.trigger_training.send import send
from components.trigger_training.workflow import training_workflow


def main(
    *,
    workflow_template: str,
    parameters: dict[str, Any],
    namespace: str,
    table: str,
    snapshot_id: str,
    summary: Path,
) -> None:
    """Submit the user's training workflow on a snapshot."""
    if not workflow_template:
        print("Training is off: no training_template is set.")
        Summary(details=OFF).write(summary)
        return
    sent, words = send(namespace, training_workflow(workflow_template, parameters, table, snapshot_id))
    print(words)
    sent.write(summary)


if __name__ == "__main__":
    step.run(main)
