"""Components that hand on what they are given, so that what arrived can be read from what they say."""

from kfp import dsl

# An image of Python alone, and one of Python with KFP; tests/e2e puts images that the cluster has in their places.
IMAGE = "python:3.11-slim-bookworm"
PYTHON = "python:3.11"
# The output's path comes first, then what is written there. Not every engine makes the folder around an output.
_WRITE = 'mkdir -p "${0%/*}"; printf %s "$1" > "$0"'
_JOIN = 'mkdir -p "${0%/*}"; for word in "$@"; do printf "%s|" "$word"; done > "$0"'


def write(out: object, text: object) -> dsl.ContainerSpec:
    """A container that writes one text."""
    return dsl.ContainerSpec(image=IMAGE, command=["sh", "-ec", _WRITE], args=[out, text])


def join(out: object, *words: object) -> dsl.ContainerSpec:
    """A container that writes its words, with a bar behind each."""
    return dsl.ContainerSpec(image=IMAGE, command=["sh", "-ec", _JOIN], args=[out, *words])


def shell(script: str, out: object, *words: object) -> dsl.ContainerSpec:
    """A container that writes what a script prints."""
    whole = f'mkdir -p "${{0%/*}}"; {{ {script}\n}} > "$0"'
    return dsl.ContainerSpec(image=IMAGE, command=["sh", "-ec", whole], args=[out, *words])


@dsl.container_component
def say(text: str, said: dsl.OutputPath(str)):
    """Hand on a text."""
    return write(said, text)


@dsl.container_component
def pair(a: str, b: str, said: dsl.OutputPath(str)):
    """Hand on two texts as one."""
    return write(said, f"{a}{b}")


@dsl.container_component
def say_int(x: int, said: dsl.OutputPath(int)):
    """Hand on a whole number."""
    return write(said, x)


@dsl.container_component
def say_float(x: float, said: dsl.OutputPath(float)):
    """Hand on a number."""
    return write(said, x)


@dsl.container_component
def say_bool(x: bool, said: dsl.OutputPath(bool)):
    """Hand on a truth."""
    return write(said, x)


@dsl.container_component
def say_list(x: list, said: dsl.OutputPath(list)):
    """Hand on a list."""
    return write(said, x)


@dsl.container_component
def say_dict(x: dict, said: dsl.OutputPath(dict)):
    """Hand on an object."""
    return write(said, x)


@dsl.container_component
def spell_int(x: int, said: dsl.OutputPath(str)):
    """Hand on how a whole number is written."""
    return write(said, x)


@dsl.container_component
def spell_float(x: float, said: dsl.OutputPath(str)):
    """Hand on how a number is written."""
    return write(said, x)


@dsl.container_component
def spell_bool(x: bool, said: dsl.OutputPath(str)):
    """Hand on how a truth is written."""
    return write(said, x)


@dsl.container_component
def spell_list(x: list, said: dsl.OutputPath(str)):
    """Hand on how a list is written."""
    return write(said, x)


@dsl.container_component
def spell_dict(x: dict, said: dsl.OutputPath(str)):
    """Hand on how an object is written."""
    return write(said, x)


@dsl.container_component
def make(text: str, data: dsl.Output[dsl.Dataset]):
    """Write a text into an artifact."""
    return write(data.path, text)


@dsl.container_component
def read(data: dsl.Input[dsl.Dataset], said: dsl.OutputPath(str)):
    """Hand on what an artifact holds."""
    return shell('cat "$1"', said, data.path)


@dsl.container_component
def fail(code: int):
    """End with an exit code."""
    return dsl.ContainerSpec(image=IMAGE, command=["sh", "-c", 'exit "$0"'], args=[code])


@dsl.container_component
def tell(status: dsl.PipelineTaskFinalStatus, said: dsl.OutputPath(str)):
    """Hand on the state of what an exit handler guards."""
    return shell("""printf %s "$1" | sed 's/.*"state": *"\\([A-Z]*\\)".*/\\1/' | tr -d '\\n'""", said, status)
