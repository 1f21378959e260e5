"""Seven steps that do nothing, one after the other, for `stockpot run`: each a Python process of its own."""

from kfp import dsl


@dsl.container_component
def nothing(out: dsl.OutputPath(str)):
    """A program that writes nothing of interest."""
    program = "import sys; open(sys.argv[1], 'w').close()"
    return dsl.ContainerSpec(image="python:3.11", command=["python", "-c", program], args=[out])


@dsl.pipeline(name="seven-steps")
def seven_steps():
    """Seven of them."""
    before = None
    for _ in range(7):
        task = nothing().set_caching_options(False)
        before = task.after(before) if before else task
