"""Cases run by `kfp.local`: KFP's own orchestration and placeholders, its containers as processes of this machine.

`SubprocessRunner` runs Python components alone, so `DockerRunner` is asked, and the one function that starts a
container starts the command instead. All before and after it is KFP's own.
"""

import builtins
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock, patch

from kfp import local
from kfp.local import config, docker_task_handler
from kfp.local.orchestrator import task_executor

from stockpot.compiler.lightweight import behind_installer
from tests.corpus.case import Case, Outcome, in_order, of_outputs


def run(case: Case, root: Path) -> Outcome:
    """How a case ends with `kfp.local`."""
    said: list[tuple[str, Any]] = []
    with (
        _processes(),
        _listening(said),
        carried_out_where_called(local.DockerRunner(), root),
        redirect_stdout(StringIO()),
        patch.dict(os.environ, case.environment),
    ):
        try:
            case.pipeline(**case.given)
        except RuntimeError as error:
            if "finished with status" not in str(error):
                raise
            return Outcome("failed", in_order(said))
    return Outcome("succeeded", in_order(said))


@contextmanager
def carried_out_where_called(runner: Any, root: Path) -> Iterator[None]:
    """Have pipelines carried out where they are called."""
    before = config.LocalExecutionConfig.instance
    local.init(runner=runner, pipeline_root=str(root), raise_on_error=True)
    try:
        yield
    finally:
        config.LocalExecutionConfig.instance = before


@contextmanager
def _processes() -> Iterator[None]:
    """Start processes in place of containers, with this Python; `print`, which KFP's threads replace, is put back."""

    def started(client: Any, image: str, command: Sequence[str], volumes: Any, **options: Any) -> int:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, **options.get("environment", {})}
        # This Python has KFP already, so nothing is installed into it.
        return subprocess.run(behind_installer(command), env=environment, capture_output=True, check=False).returncode

    with (
        patch.object(docker_task_handler, "run_docker_container", started),
        patch.object(docker_task_handler.docker, "from_env", MagicMock()),
        patch.object(builtins, "print", print),
    ):
        yield


@contextmanager
def _listening(said: list[tuple[str, Any]]) -> Iterator[None]:
    """Hear what each task hands out; its name is known where it is carried out, and nowhere later."""
    before = task_executor.execute_single_task

    def heard(task_name: str, **known: Any) -> Any:
        outputs, status = before(task_name=task_name, **known)
        if status.name == "SUCCESS":
            declared = known["components"][known["task_spec"].component_ref.name].output_definitions.parameters
            values = {name: value for name, value in outputs.items() if name in declared}
            said.append((task_name, of_outputs(values)))
        return outputs, status

    with patch.object(task_executor, "execute_single_task", heard):
        yield
