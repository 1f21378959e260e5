"""Artifacts of Python components: files, metadata, metrics and where they lie."""

# ruff: noqa: PLC0415 - what a component imports it imports in its own program

from typing import NamedTuple

from kfp import dsl

from tests.corpus import steps
from tests.corpus.case import case
from tests.corpus.steps import PYTHON


@dsl.component(base_image=PYTHON)
def make(text: str, data: dsl.Output[dsl.Dataset], model: dsl.Output[dsl.Model], metrics: dsl.Output[dsl.Metrics]):
    """Write and describe artifacts."""
    from pathlib import Path

    Path(data.path).write_text(text)
    data.metadata["letters"] = len(text)
    data.metadata["words"] = text.split()
    Path(model.path).mkdir()
    Path(model.path, "weights").write_text("w")
    model.framework = "none"
    metrics.log_metric("accuracy", 0.25)


@dsl.component(base_image=PYTHON)
def look(data: dsl.Input[dsl.Dataset], model: dsl.Input[dsl.Model], metrics: dsl.Input[dsl.Metrics]) -> dict:
    """Hand on what is known of artifacts."""
    from pathlib import Path

    return {
        "text": Path(data.path).read_text(),
        "data": data.metadata,
        "types": [type(each).__name__ for each in (data, model, metrics)],
        "model": [Path(model.path, "weights").read_text(), model.framework],
        "metrics": metrics.metadata,
    }


@dsl.component(base_image=PYTHON)
def returned(text: str) -> dsl.Dataset:
    """Return an artifact."""
    from pathlib import Path

    made = dsl.Dataset(uri=dsl.get_uri("made"), metadata={"by": "hand"})
    Path(made.path).write_text(text)
    return made


@dsl.component(base_image=PYTHON)
def describe(data: dsl.Input[dsl.Dataset]) -> dict:
    """Hand on a text and its metadata."""
    from pathlib import Path

    return {"text": Path(data.path).read_text(), **data.metadata}


@dsl.component(base_image=PYTHON)
def classified(curve: dsl.Output[dsl.ClassificationMetrics], page: dsl.Output[dsl.Markdown]) -> int:
    """Draw metrics and a page."""
    from pathlib import Path

    curve.log_confusion_matrix(["a", "b"], [[1, 2], [3, 4]])
    Path(page.path).write_text("# soup")
    return 1


@dsl.component(base_image=PYTHON)
def judge(curve: dsl.Input[dsl.ClassificationMetrics], page: dsl.Input[dsl.Markdown]) -> list:
    """Hand on what was drawn."""
    from pathlib import Path

    return [sorted(curve.metadata), Path(page.path).read_text()]


@dsl.component(base_image=PYTHON)
def two(text: str, more: dsl.Output[dsl.Artifact]) -> NamedTuple("Made", [("said", str), ("data", dsl.Dataset)]):
    """Return a text and an artifact, and write another one."""
    from pathlib import Path

    Path(more.path).write_text(f"{text}!")
    data = dsl.Dataset(uri=dsl.get_uri("data"), metadata={"of": text})
    Path(data.path).write_text(text)
    return (text, data)


@dsl.component(base_image=PYTHON)
def elsewhere(data: dsl.Output[dsl.Dataset]):
    """Have its file lie somewhere else."""
    data.uri = "gs://kitchen/soup"
    data.metadata["there"] = True


@dsl.component(base_image=PYTHON)
def where(data: dsl.Input[dsl.Dataset]) -> list:
    """Hand on an address."""
    return [data.uri, data.metadata]


@dsl.component(base_image=PYTHON)
def unwritten(data: dsl.Output[dsl.Dataset]):
    """Write nothing."""


@dsl.component(base_image=PYTHON)
def named(data: dsl.Input[dsl.Dataset]) -> str:
    """Hand on an artifact's name."""
    return data.name


@dsl.pipeline(name="passing")
def passing(data: dsl.Input[dsl.Dataset]) -> dsl.Dataset:
    """Hand on an artifact's text, returned by a component."""
    seen = describe(data=data)
    return returned(text="anew").after(seen).output


@case(
    {
        "make": [None],
        "look": [
            {
                "text": "a b",
                "data": {"letters": 3, "words": ["a", "b"]},
                "types": ["Dataset", "Model", "Metrics"],
                "model": ["w", "none"],
                "metrics": {"accuracy": 0.25},
            }
        ],
    }
)
def written_and_described():
    """What is told of artifacts goes with them, in their types."""
    made = make(text="a b")
    look(**{name: made.outputs[name] for name in ("data", "model", "metrics")})


@case({"returned": [None], "describe": [{"text": "soup", "by": "hand"}]})
def returned_by_a_function():
    """An artifact that a function returns."""
    describe(data=returned(text="soup").output)


@case({"classified": [1], "judge": [[["confusionMatrix"], "# soup"]]})
def metrics_and_pages():
    """What KFP's UI draws is an artifact as any other."""
    made = classified()
    judge(curve=made.outputs["curve"], page=made.outputs["page"])


@case({"two": ["t"], "describe": [{"text": "t", "of": "t"}], "read": ["t!"]})
def several_ways():
    """Returned, written, and a parameter beside them."""
    made = two(text="t")
    describe(data=made.outputs["data"])
    steps.read(data=made.outputs["more"])


@case({"elsewhere": [None], "where": [["gs://kitchen/soup", {"there": True}]]})
def address_of_its_own():
    """An address that a component sets is handed on."""
    where(data=elsewhere().output)


@case({"unwritten": [None], "named": ["data"]})
def not_written():
    """An artifact need not be written; its name is that of the input it is given as."""
    named(data=unwritten().output)


@case({"returned": [None], "read": ["soup"]})
def read_by_a_container():
    """A container reads what a function has returned."""
    steps.read(data=returned(text="soup").output)


@case({"returned": [None, None], "describe": [{"text": "a", "by": "hand"}, {"text": "b", "by": "hand"}]})
def in_a_loop():
    """Each iteration has its own, with its own metadata."""
    with dsl.ParallelFor(["a", "b"]) as item:
        describe(data=returned(text=item).output)


@case(
    kfp_local="kfp/local/io.py finds no artifact that a pipeline is given; driver/resolve.go does",
    outputs={"returned": [None, None], "describe": [{"text": "soup", "by": "hand"}, {"text": "anew", "by": "hand"}]},
)
def through_a_pipeline():
    """Into a nested pipeline and out of it."""
    describe(data=passing(data=returned(text="soup").output).output)
