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


def _handing_on(name: str, taken: object, handed: object):
    """A component that hands on a value of one type, as that type or as the text that it is written as."""

    def component(x: taken, said: dsl.OutputPath(handed)):
        return write(said, x)

    component.__name__ = name
    return dsl.container_component(component)


say_int = _handing_on("say_int", int, int)
say_float = _handing_on("say_float", float, float)
say_bool = _handing_on("say_bool", bool, bool)
say_list = _handing_on("say_list", list, list)
say_dict = _handing_on("say_dict", dict, dict)
spell_int = _handing_on("spell_int", int, str)
spell_float = _handing_on("spell_float", float, str)
spell_bool = _handing_on("spell_bool", bool, str)
spell_list = _handing_on("spell_list", list, str)
spell_dict = _handing_on("spell_dict", dict, str)
told_float = _handing_on("told_float", str, float)
told_list = _handing_on("told_list", str, list)
told_dict = _handing_on("told_dict", str, dict)
told_int = _handing_on("told_int", str, int)
told_bool = _handing_on("told_bool", str, bool)


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
