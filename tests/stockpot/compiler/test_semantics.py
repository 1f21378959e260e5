"""What KFP means by a plan, in the workflows that are compiled from it."""

from typing import Any, Optional

import pytest
from kfp import dsl

from stockpot.compiler import ir
from stockpot.compiler.argo import argo_documents
from stockpot.compiler.argo_carrying import carried_code
from stockpot.compiler.argo_values import boolean_code, decimal_code, json_code
from stockpot.compiler.definitions import from_component
from stockpot.compiler.errors import PlanError, UnsupportedError
from stockpot.compiler.placeholders import Text
from stockpot.compiler.policies import speaks_codes

Spec = dict[str, Any]
# Kubernetes' longest label, in which Argo keeps the name of a run.
_LABEL = 63


@dsl.container_component
def _show(text: str):
    return dsl.ContainerSpec(image="image", command=["run"], args=[text])


@dsl.container_component
def _marked(mark: str = "the mark's own"):
    return dsl.ContainerSpec(image="image", command=["run"], args=[mark])


@dsl.container_component
def _bare(mark: Optional[str] = None):  # noqa: UP045 - KFP reads no other writing
    return dsl.ContainerSpec(image="image", command=["run"], args=["--mark", mark])


@dsl.container_component
def _told(text: str, status: dsl.PipelineTaskFinalStatus):
    return dsl.ContainerSpec(image="image", command=["run"], args=[text, status])


@dsl.container_component
def _own():
    return dsl.ContainerSpec(image="image", command=["python", "-m", "components.probe"])


@dsl.container_component
def _truth(said: dsl.OutputPath(bool)):
    return dsl.ContainerSpec(image="image", command=["run"], args=[said])


@dsl.container_component
def _list(items: list):
    return dsl.ContainerSpec(image="image", command=["run"], args=[items])


@dsl.pipeline(name="marking")
def _marking(mark: Optional[str] = None):  # noqa: UP045 - KFP reads no other writing
    _marked(mark=mark)


def templates(function: Any) -> dict[str, Spec]:
    """The templates of the workflow by name."""
    plan = from_component(dsl.pipeline(name="meant")(function))
    return {each["name"]: each for each in argo_documents(plan)[0][0]["spec"]["templates"]}


def test_an_input_that_is_given_nothing_has_its_own_default() -> None:
    """A parameter of the pipeline without value is empty on Argo; the input's default stands in for it there."""

    def optional(mark: Optional[str] = None) -> None:  # noqa: UP045 - KFP reads no other writing
        _marked(mark=mark)

    (task,) = templates(optional)["main"]["dag"]["tasks"]
    asked = 'inputs.parameters["mark"]'
    (given,) = task["arguments"]["parameters"]
    code = carried_code(f'{asked} == "" ? "the mark\'s own" : {asked}')
    assert given["value"] == f"{{{{={code}}}}}"


def test_a_bare_input_without_value_is_named() -> None:
    """Nobody can say what text stands for it."""

    def never() -> None:
        _bare()

    def perhaps(mark: Optional[str] = None) -> None:  # noqa: UP045 - KFP reads no other writing
        _bare(mark=mark)

    with pytest.raises(PlanError, match=r"uses input 'mark', which has no value - wrap it in dsl.IfPresentPlaceholder"):
        templates(never)
    with pytest.raises(UnsupportedError, match=r"the bare input 'mark', an optional parameter .* - give it a default"):
        templates(perhaps)


def test_a_loop_over_an_entry_of_a_loops_item() -> None:
    """The inner loop's step is given the inner item, not an entry of the outer one."""

    def entries(rows: list = [{"l": ["x"]}]) -> None:  # noqa: B006 - KFP reads the default and never calls this
        with dsl.ParallelFor(rows) as row, dsl.ParallelFor(row.l) as word:
            _show(text=word)

    found = templates(entries)
    (task,) = next(each for name, each in found.items() if name == "for-loop-2-item")["dag"]["tasks"]
    assert task["arguments"]["parameters"] == [
        {"name": "text", "value": '{{=inputs.parameters["rows-loop-item-subvar-l-loop-item"]}}'}
    ]


def test_only_our_own_steps_keep_their_exit_codes() -> None:
    """KFP tries every failure again; a step of `components` says itself whether that helps."""

    def tried() -> None:
        _show(text="a").set_retry(3)
        _own().set_retry(3)

    found = templates(tried)
    assert "expression" not in found["show"]["retryStrategy"]
    assert found["show"]["retryStrategy"]["retryPolicy"] == "Always"
    assert "75" in found["own"]["retryStrategy"]["expression"]


def test_collected_truths_are_read_in_pythons_writing_too() -> None:
    """`True` and `true` are one value."""

    def truths() -> None:
        with dsl.ParallelFor([1, 2]):
            said = _truth()
        _list(items=dsl.Collected(said.outputs["said"]))

    outputs = [each["outputs"]["parameters"][0] for each in templates(truths).values() if "for-loop" in each["name"]]
    assert any(boolean_code("#") in each["valueFrom"].get("expression", "") for each in outputs)


def test_a_long_name_is_cut_and_stays_one_of_its_own() -> None:
    """A name that no label can hold ends with its hash; a run's name is longer by some letters."""

    def shown() -> None:
        _show(text="a")

    def named(name: str) -> str:
        applied, submitted = argo_documents(from_component(dsl.pipeline(name=name)(shown)))
        assert submitted["metadata"]["generateName"] == f"{applied[0]['metadata']['name']}-"
        return str(applied[0]["metadata"]["name"])

    first, second = (named(f"a-pipeline-with-{'a-very-' * 8}long-name-{number}") for number in (1, 2))
    assert first != second
    assert first.startswith("a-pipeline-with-a-very-")
    assert max(len(first), len(second)) <= _LABEL - len("-1234567890")


def test_names_that_argo_would_not_take() -> None:
    """Of nested parts a template's name is cut, and has a hash; a task's name is its author's to shorten."""
    part = "a-part-of-the-pipeline-with-a-name-of-sixty-letters-or-so-more"

    @dsl.pipeline(name=part)
    def innermost(text: str):
        _show(text=text)

    @dsl.pipeline(name=f"{part}-around")
    def around(text: str):
        innermost(text=text)

    def whole() -> None:
        innermost(text="a")
        around(text="b")

    found = templates(whole)
    assert max(map(len, found)) <= 128
    assert len(found) == len(set(found)) == 6

    def named(text: str):
        return dsl.ContainerSpec(image="image", command=["run"], args=[text])

    named.__name__ = "c" + "x" * 140
    odd = dsl.container_component(named)

    def long() -> None:
        odd(text="a")

    with pytest.raises(
        UnsupportedError, match=r"a name of more than 128 letters is not supported - give the component"
    ):
        templates(long)


@pytest.mark.parametrize(
    ("words", "ours"),
    [
        (["python", "-m", "components.load_iceberg"], True),
        (["python", "-m", "componentsx"], False),
        (["python", "-m", ""], False),
        (["python", "-m"], False),
        (["python"], False),
        ([], False),
        (["sh", "-c", "python -m components.load_iceberg"], False),
    ],
)
def test_a_step_of_ours_is_known_by_its_command(words: list[str], ours: bool) -> None:
    """Whatever the words are, an empty one too."""
    command = tuple(Text((word,) if word else ()) for word in words)
    assert speaks_codes(ir.Container("image", command, ())) is ours


def test_an_exit_handler_around_a_part_is_a_hook_of_its_task() -> None:
    """It runs when that part has ended in whatever way, with the inputs and the status that it asks for."""

    def partly(word: str = "a") -> None:
        _show(text="before")
        with dsl.ExitHandler(_told(text=word)):
            _show(text="within")

    main = templates(partly)["main"]["dag"]["tasks"]
    (task,) = [each for each in main if "hooks" in each]
    hook = task["hooks"]["exit"]
    assert (hook["template"], len(main)) == ("told", 2)
    given = {each["name"]: each["value"] for each in hook["arguments"]["parameters"]}
    assert given["text"] == "{{=" + carried_code('inputs.parameters["word"]') + "}}"
    assert f'tasks["{task["name"]}"].status == "Succeeded"' in given["status"]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (int, "toJson(int(trim({})))"),
        (float, decimal_code("float(trim({}))")),
        (bool, boolean_code("{}")),
        (str, "{}"),
        (list, json_code("{}", "array", "list")),
        (dict, json_code("{}", "map", "object")),
    ],
)
@pytest.mark.parametrize("ours", [False, True])
def test_outputs_are_written_anew_by_their_types(kind: type, code: str, ours: bool) -> None:
    """A number or a truth has one text, however a program has written it, and through pipelines; our steps write it."""
    command = ["python", "-m", "components.probe"] if ours else ["run"]

    def makes(said):
        return dsl.ContainerSpec(image="image", command=command, args=[said])

    makes.__annotations__ = {"said": dsl.OutputPath(kind)}
    made = dsl.container_component(makes)

    def takes(given):
        return dsl.ContainerSpec(image="image", command=["run"], args=[given])

    takes.__annotations__ = {"given": kind}
    taken = dsl.container_component(takes)

    def within():
        return made().outputs["said"]

    within.__annotations__ = {"return": kind}
    nested = dsl.pipeline(name="within")(within)

    def handed() -> None:
        taken(given=made().outputs["said"])
        taken(given=nested().output)

    tasks = {each["name"]: each for each in templates(handed)["main"]["dag"]["tasks"]}
    written = "{}" if ours else code
    for reader, source, name in (("takes", "makes", "said"), ("takes-2", "within", "Output")):
        (argument,) = tasks[reader]["arguments"]["parameters"]
        output = f'tasks["{source}"].outputs.parameters["{name}"]'
        assert argument["value"] == "{{=" + carried_code(written.replace("{}", output)) + "}}"


def test_a_condition_on_what_may_have_no_value_is_refused() -> None:
    """KFP's driver fails there, and so does the local runner; on Argo an empty text would choose a branch."""

    def branching(word: Optional[str] = None) -> None:  # noqa: UP045 - KFP reads no other writing
        with dsl.ParallelFor([1]), dsl.If(word == "a"):
            _show(text="a")

    @dsl.pipeline(name="within")
    def within(word: Optional[str] = None):  # noqa: UP045 - KFP reads no other writing
        with dsl.If(word == "a"):
            _show(text="a")

    def never() -> None:
        within()

    for function in (branching, never):
        with pytest.raises(UnsupportedError, match=r"a condition on 'word', which may have no value.* - give it a"):
            templates(function)


def test_a_default_is_used_where_a_nested_pipeline_is_given_nothing() -> None:
    """What it would hand on is absent, and that is known when compiling."""

    def outer() -> None:
        _marking()

    (task,) = templates(outer)["marking"]["dag"]["tasks"]
    assert task["arguments"]["parameters"] == [{"name": "mark", "value": "the mark's own"}]
