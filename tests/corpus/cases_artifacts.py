"""Artifacts of containers: files and folders, handed over and shared."""

from functools import partial

from kfp import dsl

from tests.corpus import steps
from tests.corpus.case import case

CONTAINER_ARTIFACTS = "kfp/local/executor_output_utils.py knows what executor_output.json names; the launcher takes all"
of_containers = partial(case, kfp_local=CONTAINER_ARTIFACTS)


@dsl.container_component
def folder(data: dsl.Output[dsl.Dataset]):
    """Write a folder."""
    script = 'mkdir -p "$0/deep"; printf one > "$0/a"; printf two > "$0/deep/b"'
    return dsl.ContainerSpec(image=steps.IMAGE, command=["sh", "-ec", script], args=[data.path])


@dsl.container_component
def look(data: dsl.Input[dsl.Dataset], said: dsl.OutputPath(str)):
    """Hand on a folder's files."""
    return steps.shell('cat "$1/a" "$1/deep/b"', said, data.path)


@dsl.container_component
def both(text: str, data: dsl.Output[dsl.Artifact], more: dsl.Output[dsl.Model], said: dsl.OutputPath(str)):
    """Write two artifacts and a parameter."""
    script = 'mkdir -p "${0%/*}" "${1%/*}" "${2%/*}"; printf %s "$3" | tee "$0" "$1" > "$2"'
    return dsl.ContainerSpec(image=steps.IMAGE, command=["sh", "-ec", script], args=[data.path, more.path, said, text])


@dsl.container_component
def same(a: dsl.Input[dsl.Artifact], b: dsl.Input[dsl.Model], said: dsl.OutputPath(str)):
    """Compare two artifacts."""
    return steps.shell('if cmp -s "$1" "$2"; then printf same; else printf other; fi', said, a.path, b.path)


@dsl.container_component
def word(data: dsl.Input[dsl.Dataset], said: dsl.OutputPath(str)):
    """Take a path within a word."""
    return steps.shell('cat "${1#--data=}"', said, f"--data={data.path}")


@dsl.container_component
def size(data: dsl.Input[dsl.Dataset], said: dsl.OutputPath(int)):
    """Hand on how many bytes an artifact has."""
    return steps.shell('wc -c < "$1"', said, data.path)


@dsl.container_component
def zeros(data: dsl.Output[dsl.Dataset]):
    """Write bytes that are no text."""
    script = 'mkdir -p "${0%/*}"; printf "\\377\\000\\001" > "$0"'
    return dsl.ContainerSpec(image=steps.IMAGE, command=["sh", "-ec", script], args=[data.path])


@dsl.container_component
def where(data: dsl.Input[dsl.Dataset], copy: dsl.Output[dsl.Dataset], said: dsl.OutputPath(str)):
    """Hand on how the addresses of what is read and made end."""
    script = 'mkdir -p "${1%/*}" "${3%/*}"; cp "$0" "$1"; printf "%s %s" "${2##*/}" "${4##*/}" > "$3"'
    return dsl.ContainerSpec(
        image=steps.IMAGE, command=["sh", "-ec", script], args=[data.path, copy.path, data.uri, said, copy.uri]
    )


@of_containers({"make": [None], "read": ["soup"]})
def file_handed_on():
    """A file goes from one step to another."""
    steps.read(data=steps.make(text="soup").output)


@of_containers({"make": [None], "read": ["soup"], "read-2": ["soup"]})
def file_read_twice():
    """Two steps read one artifact."""
    made = steps.make(text="soup")
    steps.read(data=made.output)
    steps.read(data=made.output)


@of_containers({"make": [None], "size": [4]})
def file_with_lines():
    """A file stays as it is, to its last newline."""
    size(data=steps.make(text="é\n\n").output)


@of_containers({"zeros": [None], "size": [3]})
def file_of_bytes():
    """A file need not be text."""
    size(data=zeros().output)


@of_containers({"make": [None], "size": [0]})
def file_empty():
    """An empty file is a file."""
    size(data=steps.make(text="").output)


@of_containers({"folder": [None], "look": ["onetwo"]})
def folder_handed_on():
    """A folder goes with all that is in it."""
    look(data=folder().output)


@of_containers({"both": ["soup"], "same": ["same"], "say": ["soup"]})
def artifacts_and_parameter():
    """Several outputs of one step."""
    made = both(text="soup")
    same(a=made.outputs["data"], b=made.outputs["more"])
    steps.say(text=made.outputs["said"])


@of_containers({"make": [None], "word": ["soup"]})
def path_within_a_word():
    """A path may be a part of a word."""
    word(data=steps.make(text="soup").output)


@of_containers({"make": [None, None], "read": ["a", "b"]})
def made_in_a_loop():
    """Each iteration has its own."""
    with dsl.ParallelFor(["a", "b"]) as item:
        steps.read(data=steps.make(text=item).output)


@of_containers({"make": [None], "read": ["soup", "soup"], "say": ["a", "b"]})
def read_in_a_loop():
    """All iterations read one from without."""
    made = steps.make(text="soup")
    with dsl.ParallelFor(["a", "b"]) as item:
        steps.say(text=item)
        steps.read(data=made.output)


@of_containers({"make": [None], "read": ["soup"]})
def read_on_a_condition(number: int = 3):
    """A conditional step reads one from without."""
    made = steps.make(text="soup")
    with dsl.If(number == 3):
        steps.read(data=made.output)


@of_containers({"make": [None], "read": ["soup"], "say": ["bye"]})
def guarded():
    """Within a part that an exit handler guards."""
    with dsl.ExitHandler(exit_task=steps.say(text="bye")):
        steps.read(data=steps.make(text="soup").output)


@of_containers({"make": [None], "read": ["a"], "make-2": [None], "read-2": ["ab"]})
def chain():
    """What one has read another writes anew."""
    first = steps.read(data=steps.make(text="a").output)
    steps.read(data=steps.make(text=f"{first.output}b").output)


@of_containers({"make": [None], "where": ["data copy"], "read": ["soup"]})
def addresses():
    """A step may ask where its artifacts lie."""
    told = where(data=steps.make(text="soup").outputs["data"])
    steps.read(data=told.outputs["copy"])


@dsl.container_component
def lazy(data: dsl.Output[dsl.Dataset], said: dsl.OutputPath(str)):
    """Write no artifact."""
    return steps.shell('printf %s "${1##*/}"', said, data.uri)


@dsl.container_component
def seek(data: dsl.Input[dsl.Dataset], said: dsl.OutputPath(str)):
    """Hand on whether there is an artifact, and how its address ends."""
    script = 'if [ -e "$1" ]; then printf "one at %s" "${2##*/}"; else printf "none at %s" "${2##*/}"; fi'
    return steps.shell(script, said, data.path, data.uri)


@of_containers({"lazy": ["data"], "seek": ["none at data"]})
def unwritten():
    """KFP lets a container leave its artifact out; who is handed it goes without."""
    found = lazy()
    seek(data=found.outputs["data"])
