"""Table definitions."""

import json

import pytest

from components.iceberg.tables import (
    Column,
    columns_of,
    differences,
    iceberg_schema,
    iceberg_spec,
    parse_definition,
    partition_of,
)
from components.shell.errors import ConfigurationError
from pipelines.moderation_training import TABLE

GOOD = {"name": "a.b", "columns": ["x string!", "t timestamptz!", "p decimal(9, 2)"], "partition": {"t": "day"}}


def test_the_training_tables_definition_is_understood():
    """The pipeline's own definition has 35 columns, a day partition and its interval column."""
    definition = parse_definition(TABLE.document())
    assert (definition.name, definition.namespace) == ("moderation.training_data", "moderation")
    assert len(definition.columns) == 35
    assert definition.partition == {"uploaded_at": "day"}
    assert definition.interval_column == "uploaded_at"
    assert [column.name for column in definition.columns if not column.required] == ["category"]


def test_a_definition_survives_kfp():
    """KFP sorts the keys of dictionaries; partition fields follow the columns, whatever their order."""
    value = {**GOOD, "partition": {"x": "bucket[4]", "t": "day", "p": "identity"}}
    sorted_keys = json.loads(json.dumps(value, sort_keys=True))
    assert parse_definition(sorted_keys) == parse_definition(value)
    assert tuple(parse_definition(value).partition.items()) == (("x", "bucket[4]"), ("t", "day"), ("p", "identity"))


def test_a_definition_and_its_table_agree():
    """What a definition becomes in Iceberg reads back as the same words."""
    kinds = ["string", "int", "long", "float", "double", "boolean", "date", "timestamp", "timestamptz", "binary"]
    definition = parse_definition({"name": "a.b", "columns": [f"c_{kind} {kind}" for kind in kinds]})
    schema, spec = iceberg_schema(definition), iceberg_spec(definition)
    assert columns_of(schema) == definition.columns
    assert partition_of(schema, spec) == ()
    assert differences(definition, schema, spec) == []


def test_decimals_may_be_written_with_a_space():
    """`decimal(9, 2)` and `decimal(9,2)` are the same type."""
    assert parse_definition(GOOD).columns[2] == Column("p", "decimal(9,2)", required=False)


def test_partition_fields_have_speaking_names():
    """Fields are called after column and transform, identity after the column alone."""
    definition = parse_definition({**GOOD, "partition": {"x": "bucket[4]", "t": "day", "p": "identity"}})
    assert [field.name for field in iceberg_spec(definition).fields] == ["x_bucket_4", "t_day", "p"]


MALFORMED = {
    "no name": ({"name": None}, "its name must be written namespace.table"),
    "no namespace": ({"name": "b"}, "its name must be written namespace.table"),
    "unknown key": ({"partitions": {}}, "it has no key 'partitions'"),
    "no columns": ({"columns": []}, "columns must be a list"),
    "columns a text": ({"columns": "x string"}, "columns must be a list"),
    "column without type": ({"columns": ["x"]}, "column 'x' must be written"),
    "column a number": ({"columns": [1.0]}, "column 1.0 must be written"),
    "unknown type": ({"columns": ["x text"]}, "column 'x' has unknown type 'text'"),
    "impossible decimal": ({"columns": ["x decimal(3,5)"]}, "unknown type 'decimal(3,5)'"),
    "column twice": ({"columns": ["x string", "X int"]}, "column 'x' is there twice"),
    "partition a list": ({"partition": ["t"]}, "partition must be a dictionary"),
    "partition of nothing": ({"partition": {"y": "day"}}, "partition names column 'y'"),
    "unknown transform": ({"partition": {"t": "week"}}, "partition of 't' by 'week' is unknown"),
    "transform a number": ({"partition": {"t": 1.0}}, "partition of 't' by 1.0 is unknown"),
    "late a list": ({"late": ["x"]}, "late must be a dictionary of key and columns"),
    "late without interval": ({"late": {"key": ["x"], "columns": ["p"]}}, "beside an interval_column"),
    "late of nothing": (
        {"interval_column": "t", "late": {"key": ["x"], "columns": ["y"]}},
        "late names column 'y'",
    ),
    "late with a text": ({"interval_column": "t", "late": {"key": "x", "columns": ["p"]}}, "late must have lists"),
    "late without a key": ({"interval_column": "t", "late": {"key": [], "columns": ["p"]}}, "late must have lists"),
    "late of null": ({"interval_column": "t", "late": {"key": None, "columns": ["p"]}}, "late must have lists"),
    "late changes its key": (
        {"interval_column": "t", "late": {"key": ["x", "p"], "columns": ["p"]}},
        "late names column 'p' twice",
    ),
    "late changes a list": (
        {
            "columns": [*GOOD["columns"], "l list<int>"],
            "interval_column": "t",
            "late": {"key": ["x"], "columns": ["l"]},
        },
        "late names 'l list<int>', and lists and structs cannot be compared",
    ),
    "late by a struct": (
        {
            "columns": ["s struct<a int>!", "t timestamptz!", "n int"],
            "partition": {},
            "interval_column": "t",
            "late": {"key": ["s"], "columns": ["n"]},
        },
        "late names 's struct<a int>!', and lists and structs cannot be compared",
    ),
    "late by a null": (
        {"interval_column": "t", "late": {"key": ["p"], "columns": ["x"]}},
        "late's key has 'p decimal(9,2)', which may be null",
    ),
    "interval nullable": (
        {"interval_column": "p"},
        "interval_column 'p' must be a column of type timestamptz! or date!",
    ),
}


@pytest.mark.parametrize(("change", "message"), MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_definition_has_one_clear_error(change, message):
    """The first thing that is wrong is named, with where to read on."""
    with pytest.raises(ConfigurationError) as caught:
        parse_definition({**GOOD, **change})
    assert message in str(caught.value)
    assert "docs/tables.md" in str(caught.value)


def test_a_transform_must_fit_its_column():
    """Text has no days."""
    with pytest.raises(ConfigurationError, match="'x' of type string cannot be partitioned by day"):
        iceberg_spec(parse_definition({**GOOD, "partition": {"x": "day"}}))
