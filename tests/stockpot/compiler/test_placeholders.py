"""Texts with placeholders: what they are read into, and what is refused."""

import json

import hypothesis.strategies as st
import pytest
from hypothesis import given

from stockpot.compiler.errors import Location, UnsupportedError
from stockpot.compiler.placeholders import (
    Concat,
    ExecutorInput,
    IfPresent,
    InputParameter,
    InputPath,
    InputUri,
    OutputFile,
    OutputPath,
    OutputUri,
    RunProperty,
    Text,
    expand,
    parse_argument,
    parse_text,
    parts_of,
    text_of,
)

HERE = Location("p", "t")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("plain {braces} {{doubled}}", ("plain {braces} {{doubled}}",)),
        ("{{$.inputs.parameters['x']}}", (InputParameter("x"),)),
        ('{{$.inputs.parameters["x y"]}}', (InputParameter("x y"),)),
        ("--n={{$.inputs.parameters['n']}};", ("--n=", InputParameter("n"), ";")),
        ("{{$.inputs.artifacts['a'].path}}", (InputPath("a"),)),
        ("{{$.outputs.artifacts['a'].path}}/x", (OutputPath("a"), "/x")),
        ("{{$.inputs.artifacts['a'].uri}}{{$.outputs.artifacts['a'].uri}}", (InputUri("a"), OutputUri("a"))),
        ("{{$.outputs.parameters['a'].output_file}}", (OutputFile("a"),)),
        ("{{$.pipeline_job_name}}{{$.pipeline_task_name}}", (RunProperty.NAME, RunProperty.TASK_NAME)),
        ("{{$.pipeline_job_schedule_time_utc}}", (RunProperty.SCHEDULED,)),
        ('{{$}} "{{$.json_escape[1]}}"', (ExecutorInput(), ' "', ExecutorInput(escaped=True), '"')),
    ],
)
def test_text_is_read_into_parts(text: str, parts: tuple[object, ...]) -> None:
    """Literals and placeholders come out in their order."""
    assert parse_text(text, HERE).parts == parts


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{{$.inputs.artifacts['a'].metadata['k']}}", "make it a Python component"),
        ("{{$.inputs.artifacts['a']}}", "make it a Python component"),
        ("{{$.outputs.output_file}}", "output_file"),
        ("{{$.pipeline_root}}", "pipeline_root"),
        ("{{$.pipeline_task_uuid}}", "pipeline_task_uuid"),
    ],
)
def test_other_placeholders_are_refused(text: str, hint: str) -> None:
    """Each is named with its pipeline and task."""
    with pytest.raises(UnsupportedError, match=r"pipeline 'p', task 't': the placeholder .*") as caught:
        parse_text(text, HERE)
    assert hint in str(caught.value)


def test_a_program_keeps_its_own_words() -> None:
    """Beside the executor input stands somebody's program, in which KFP finds nothing but what it knows."""
    text = "f'{{$.x}} {{$.pipeline_job_name}}'"
    parts = ("f'", "{{$.x}}", " ", RunProperty.NAME, "'")
    assert parse_text(text, HERE, program=True).parts == parts
    with pytest.raises(UnsupportedError, match="metadata"):
        parse_text("{{$.inputs.artifacts['a'].metadata['k']}}", HERE, program=True)


def test_structured_arguments_are_decided_by_presence() -> None:
    """IfPresent and Concat nest, and give the arguments that the given inputs call for."""
    text = (
        '{"IfPresent": {"InputName": "x", "Then": ["--x", {"Concat": ["<", "{{$.inputs.parameters[\'x\']}}", ">"]}],'
        ' "Else": "--none"}}'
    )
    argument = parse_argument(text, HERE)
    assert isinstance(argument, IfPresent)
    assert expand((argument,), lambda _: True) == [Text(("--x",)), Text(("<", InputParameter("x"), ">"))]
    assert expand((argument,), lambda _: False) == [Text(("--none",))]
    assert InputParameter("x") in list(parts_of(argument))


def test_concat_joins_what_is_within() -> None:
    """A Concat is one argument, whatever it holds."""
    argument = parse_argument('{"Concat": ["a", {"IfPresent": {"InputName": "x", "Then": "b", "Else": "c"}}]}', HERE)
    assert isinstance(argument, Concat)
    assert expand((argument,), lambda _: False) == [Text(("a", "c"))]


@pytest.mark.parametrize(
    "text",
    ['{"Concat": 1}', '{"IfPresent": {"InputName": "x"}}', '{"IfPresent": {"InputName": "x", "Then": "", "No": 1}}'],
)
def test_malformed_structures_are_refused(text: str) -> None:
    """A structured argument of another form is not passed on as text."""
    with pytest.raises(UnsupportedError, match="the argument"):
        parse_argument(text, HERE)


def test_render_fills_every_part() -> None:
    """Run properties are filled in as well, though they are strings to Python."""
    text = parse_text("a {{$.pipeline_job_name}} {{$.inputs.parameters['x']}}", HERE)
    assert text.render(lambda part: part.name) == "a NAME x"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a b", "a b"),
        ("", ""),
        (3, "3"),
        (0.5, "0.5"),
        (True, "true"),
        ([1, "ä"], '[1,"ä"]'),
        ({"b": 1, "a": None}, '{"a":null,"b":1}'),
        (1e-7, "0.0000001"),
        (1.5e20, "150000000000000000000"),
        (0.1, "0.1"),
        (3.0, "3"),
        (2**63 - 1, "9223372036854775807"),
        (
            [1e-6, 1e-7, 1.5e-10, 1e16, 1.2345678901234568e20, 1e21],
            "[0.000001,1e-7,1.5e-10,10000000000000000,123456789012345680000,1e+21]",
        ),
        ([2**53 + 1, 2.0, True, None], "[9007199254740992,2,true,null]"),
        ({"<&>": '1e-7 "2.0"\u2028\\'}, r'{"\u003c\u0026\u003e":"1e-7 \"2.0\"\u2028\\"}'),
    ],
)
def test_values_have_one_text(value: object, text: str) -> None:
    """The text of a value is JSON as Go writes it, with sorted keys, or the string itself."""
    assert text_of(value) == text


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**53), 2**53)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.lists(JSON))
def test_json_in_gos_writing_is_the_same_value(value: list[object]) -> None:
    """It reads as what it was, and holds nothing that a page of HTML would take for its own."""
    text = text_of(value)
    assert json.loads(text, parse_int=float) == value
    assert not set(text) & set("<>&\u2028\u2029")
