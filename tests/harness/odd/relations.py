"""Relations of Postgres that are more than a plain table, of which some columns are asked for and others must stay."""

from dataclasses import dataclass
from typing import Any

# A value that must never leave the database.
CANARY = "canary-7f3a9c"
_ODD = 'app."""Odd""; Näme!"'
_SECRET = f"text DEFAULT '{CANARY}'"


@dataclass(frozen=True)
class Relation:
    """What makes a relation, the columns that are asked of it, and the rows that come then.

    What is not asked for holds the canary, cannot be read at all, or is of a type without a form of its own in Arrow.
    """

    name: str
    statements: tuple[str, ...]
    asked: tuple[str, ...]
    rows: list[dict[str, Any]]


RELATIONS = [
    Relation(
        "split",
        (
            f"CREATE TABLE split (id int, gone int, email {_SECRET}, day date) PARTITION BY RANGE (day)",
            "ALTER TABLE split DROP COLUMN gone",
            "CREATE TABLE split_1 PARTITION OF split FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
            f"CREATE TABLE split_2 (day date, email {_SECRET}, id int)",
            "ALTER TABLE split ATTACH PARTITION split_2 FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')",
            "INSERT INTO split (id, day) VALUES (1, '2026-01-31'), (2, '2026-02-01')",
        ),
        ("id int",),
        [{"id": 1}, {"id": 2}],
    ),
    Relation(
        "parent",
        (
            f"CREATE TABLE parent (id int, phone {_SECRET})",
            "CREATE TABLE child (more text DEFAULT 'x') INHERITS (parent)",
            "INSERT INTO parent (id) VALUES (1)",
            "INSERT INTO child (id) VALUES (2)",
        ),
        ("id",),
        [{"id": 1}, {"id": 2}],
    ),
    # Whoever reads the other column of it is told that one does not divide by zero.
    Relation("looked_at", ("CREATE VIEW looked_at AS SELECT 1 AS id, 1 / (now() - now() = '0')::int / 0 AS email",),
             ("id long",), [{"id": 1}]),
    Relation("kept", (f"CREATE MATERIALIZED VIEW kept AS SELECT 1 AS id, '{CANARY}' AS email",), ("id",), [{"id": 1}]),
    Relation(
        'app."Odd"; Näme!',
        (
            "CREATE SCHEMA IF NOT EXISTS app",
            f'CREATE TABLE {_ODD} ("select" int, "a ""q""|b?" text, "*" int, "e-mail" {_SECRET})',
            f"INSERT INTO {_ODD} VALUES (1, 'x', 3)",
        ),
        ("select int", '"a ""q""|b?" string', '"*" int'),
        [{"select": 1, 'a "q"|b?': "x", "*": 3}],
    ),
    Relation(
        "cased",
        ('CREATE TABLE cased ("Score" int, score int, "SCORE" int)', "INSERT INTO cased VALUES (1, 2, 3)"),
        ("SCORE int", "first|Score int"),
        [{"SCORE": 3, "first": 1}],
    ),
    Relation(
        "generated",
        (
            f"CREATE TABLE generated (a int, email {_SECRET}, id int GENERATED ALWAYS AS IDENTITY)",
            "ALTER TABLE generated ADD twice int GENERATED ALWAYS AS (2 * a) STORED",
            "ALTER TABLE generated ADD thrice int GENERATED ALWAYS AS (3 * a) VIRTUAL",
            "INSERT INTO generated (a) VALUES (5)",
        ),
        ("thrice int", "twice int", "id int"),
        [{"thrice": 15, "twice": 10, "id": 1}],
    ),
    Relation(
        "dropped",
        (
            "CREATE TABLE dropped (gone text, id int, at date)",
            f"INSERT INTO dropped VALUES ('{CANARY}', 1, '2026-01-01')",
            "ALTER TABLE dropped DROP COLUMN gone, DROP COLUMN at",
            "ALTER TABLE dropped ADD COLUMN at int DEFAULT 7",
        ),
        ("at int", "id", "gone string?"),
        [{"at": 7, "id": 1, "gone": None}],
    ),
    Relation(
        "strange",
        (
            "CREATE TYPE strange_pair AS (a int, b text)",
            "CREATE DOMAIN strange_list AS int[]",
            "CREATE TABLE strange (a money, b tsvector, c strange_pair, d point[], e strange_list, id int)",
            "ALTER TABLE strange ADD f int4range, ADD g xml, ADD h numeric, ADD i date DEFAULT 'infinity'",
            "INSERT INTO strange (id) VALUES (1)",
        ),
        ("id",),
        [{"id": 1}],
    ),
    Relation("bare", ("CREATE TABLE bare (other int)", "INSERT INTO bare VALUES (1), (2)"), ("id long?",),
             [{"id": None}] * 2),
]  # fmt: skip
