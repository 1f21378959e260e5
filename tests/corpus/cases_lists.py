"""Lists of artifacts: gathered by loops, handed on, read as a whole and one by one."""

# ruff: noqa: PLC0415, UP006, UP035 - imported in the program of the component; KFP knows no other writing

from functools import partial
from typing import List

from kfp import dsl

from tests.corpus import steps
from tests.corpus.case import case
from tests.corpus.cases_artifacts import CONTAINER_ARTIFACTS, folder
from tests.corpus.cases_python_artifacts import returned
from tests.corpus.steps import PYTHON

of_containers = partial(case, kfp_local=CONTAINER_ARTIFACTS)


@dsl.container_component
def both(text: str, word: str, data: dsl.Output[dsl.Dataset]):
    """Write two words into an artifact."""
    return steps.write(data.path, f"{text}{word}")


@dsl.component(base_image=PYTHON)
def tell(rows: dsl.Input[List[dsl.Dataset]]) -> list:
    """Hand on what the artifacts of a list hold, in its order."""
    from pathlib import Path

    return [Path(each.path).read_text() for each in rows]


@dsl.component(base_image=PYTHON)
def tell_folders(rows: dsl.Input[List[dsl.Dataset]]) -> list:
    """Hand on what the folders of a list hold."""
    from pathlib import Path

    return [[Path(each.path, name).read_text() for name in ("a", "deep/b")] for each in rows]


@dsl.component(base_image=PYTHON)
def tell_all(rows: dsl.Input[List[dsl.Dataset]]) -> list:
    """Hand on what is told of the artifacts of a list."""
    return [each.metadata for each in rows]


@dsl.pipeline(name="several")
def several(texts: list) -> List[dsl.Dataset]:
    """Hand out what a loop has gathered."""
    with dsl.ParallelFor(texts) as text:
        made = steps.make(text=text)
    return dsl.Collected(made.output)


@dsl.pipeline(name="each-of")
def each_of(rows: dsl.Input[List[dsl.Dataset]]):
    """Read a list as a whole and one by one."""
    tell(rows=rows)
    with dsl.ParallelFor(rows) as row:
        steps.read(data=row)


@of_containers({"make": [None, None, None], "tell": [["c", "a", "b"]]})
def gathered():
    """All iterations' artifacts, in the order of the loop's items."""
    with dsl.ParallelFor(["c", "a", "b"]) as text:
        made = steps.make(text=text)
    tell(rows=dsl.Collected(made.output))


@of_containers({"make": [None, None], "tell": [["a", "b"]]})
def gathered_over_a_condition():
    """Without those that a condition has skipped."""
    with dsl.ParallelFor(["a", "no", "b"]) as text, dsl.If(text != "no"):
        made = steps.make(text=text)
    tell(rows=dsl.Collected(made.output))


@of_containers({"both": [None, None, None, None], "tell": [["ax", "ay", "bx", "by"]]})
def gathered_from_two_loops():
    """Two loops, one in the other, give one list."""
    with dsl.ParallelFor(["a", "b"]) as text, dsl.ParallelFor(["x", "y"]) as word:
        made = both(text=text, word=word)
    tell(rows=dsl.Collected(made.output))


@of_containers({"folder": [None, None], "tell-folders": [[["one", "two"], ["one", "two"]]]})
def gathered_folders():
    """Folders go with all that is in them."""
    with dsl.ParallelFor(["a", "b"]):
        made = folder()
    tell_folders(rows=dsl.Collected(made.output))


@case({"returned": [None, None], "tell-all": [[{"by": "hand"}, {"by": "hand"}]]})
def gathered_and_described():
    """What is told of each goes with it."""
    with dsl.ParallelFor(["a", "b"]) as text:
        made = returned(text=text)
    tell_all(rows=dsl.Collected(made.output))


@of_containers({"make": [None, None], "tell": [["a", "b"]], "tell-2": [["a", "b"]]})
def gathered_and_read_twice():
    """Two steps read one list."""
    with dsl.ParallelFor(["a", "b"]) as text:
        made = steps.make(text=text)
    tell(rows=dsl.Collected(made.output))
    tell(rows=dsl.Collected(made.output))


@of_containers({"make": [None, None], "tell": [["a", "b"]]})
def out_of_a_pipeline():
    """A nested pipeline hands out a list."""
    tell(rows=several(texts=["a", "b"]).output)


@of_containers({"make": [None, None], "tell": [["a", "b"]], "read": ["a", "b"]})
def into_a_pipeline():
    """A nested pipeline takes a list."""
    each_of(rows=several(texts=["a", "b"]).output)


@of_containers({"make": [None, None], "read": ["a", "b"]})
def one_by_one():
    """A loop over a list of artifacts."""
    with dsl.ParallelFor(several(texts=["a", "b"]).output) as row:
        steps.read(data=row)


@of_containers({"make": [None, None, None], "read": ["a", "b", "c"]})
def one_by_one_bounded():
    """At most two at a time."""
    with dsl.ParallelFor(several(texts=["a", "b", "c"]).output, parallelism=2) as row:
        steps.read(data=row)


@of_containers({"make": [None, None], "read": ["a", "b"], "say-list": [["a", "b"]]})
def one_by_one_and_gathered():
    """What was read of each is gathered again, in the list's order."""
    with dsl.ParallelFor(several(texts=["a", "b"]).output) as row:
        read = steps.read(data=row)
    steps.say_list(x=dsl.Collected(read.output))


@of_containers({"make": [None, None], "read": ["a", "a", "b", "b"], "say": ["x", "x", "y", "y"]})
def one_by_one_within():
    """A loop over words within the loop over artifacts."""
    with dsl.ParallelFor(several(texts=["a", "b"]).output) as row, dsl.ParallelFor(["x", "y"]) as word:
        steps.say(text=word)
        steps.read(data=row)
