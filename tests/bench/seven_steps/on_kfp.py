"""Seven steps that hand a value on: a Python process each, run by `stockpot run`, or here by KFP's own local runner."""

import sys

from kfp import dsl, local


# Stockpot makes an environment that holds KFP. KFP's runner starts this Python, which has it, and installs nothing.
@dsl.component(install_kfp_package=__name__ != "__main__")
def nothing(before: str) -> str:
    """A function that does nothing."""
    return before


@dsl.pipeline(name="seven-steps")
def seven_steps() -> str:
    """Seven of them, none of which is taken from the cache."""
    said = ""
    for _ in range(7):
        said = nothing(before=said).set_caching_options(False).output
    return said


if __name__ == "__main__":
    local.init(local.SubprocessRunner(use_venv=False), pipeline_root=sys.argv[1])
    seven_steps()
