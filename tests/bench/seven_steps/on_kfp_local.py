"""Seven steps that do nothing, one after the other, on KFP's own local runner: each a Python process of its own."""

import sys

from kfp import dsl, local


@dsl.component(install_kfp_package=False)
def nothing(before: str) -> str:
    """A function that does nothing."""
    return before


@dsl.pipeline(name="seven-steps")
def seven_steps() -> str:
    """Seven of them."""
    said = nothing(before="").output
    for _ in range(6):
        said = nothing(before=said).output
    return said


if __name__ == "__main__":
    local.init(local.SubprocessRunner(use_venv=False), pipeline_root=sys.argv[1])
    seven_steps()
