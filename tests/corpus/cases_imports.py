"""Importers, and artifacts that a pipeline takes by their addresses."""

# ruff: noqa: UP045 - KFP knows an optional input by `Optional` alone

from functools import partial
from typing import Optional

from kfp import dsl

from tests.corpus import pantry, steps
from tests.corpus.case import case
from tests.corpus.cases_artifacts import look
from tests.corpus.cases_optional_artifacts import maybe
from tests.corpus.cases_python_artifacts import describe, where

ROWS, MORE, FOLDER = (pantry.address(key) for key in ("rows.csv", "more.csv", "folder"))
ELSEWHERE = "https://example.org/rows"
NO_BYTES = "kfp/local/importer_handler.py hands on the address and fetches nothing; launcher_v2.go copies the bytes"
NO_ARTIFACTS = "kfp/local/pipeline_orchestrator.py takes no artifacts as arguments of a pipeline"
imported = partial(case, kfp_local=NO_BYTES)
taken = partial(case, kfp_local=NO_ARTIFACTS, not_on_kfp="an artifact as a parameter of the pipeline", alone=True)


def bring(address: object, **more: object) -> object:
    """What lies at an address, as a data set."""
    return dsl.importer(artifact_uri=address, artifact_class=dsl.Dataset, **more).output


@dsl.pipeline(name="brought")
def brought(address: str) -> dsl.Dataset:
    """Hand out what was imported."""
    return bring(address)


@dsl.pipeline(name="reading")
def reading(rows: dsl.Input[dsl.Dataset]) -> str:
    """Read an artifact."""
    return steps.read(data=rows).output


@imported({"importer": [None], "read": ["a,b"]})
def file_of_a_bucket():
    """One object is a file."""
    steps.read(data=bring(ROWS))


@imported({"importer": [None], "look": ["onetwo"]})
def folder_of_a_bucket():
    """All objects below a key are a folder."""
    look(data=bring(FOLDER))


@imported({"importer": [None], "read": ["a,b"], "read-2": ["a,b"]})
def imported_anew():
    """Several steps read what was imported once."""
    rows = bring(ROWS, reimport=True)
    steps.read(data=rows)
    steps.read(data=rows)


@imported({"importer": [None], "describe": [{"text": "a,b", "rows": 2, "of": ["salt", {"by": "hand"}]}]})
def described():
    """What is told of it goes with it, in its types."""
    describe(data=bring(ROWS, metadata={"rows": 2, "of": ["salt", {"by": "hand"}]}))


@imported({"importer": [None], "describe": [{"text": "a,b", "by": "Ada's cook", "rows": "3 of 3"}]})
def described_by_parameters(who: str = "Ada", rows: int = 3):
    """Parameters may be within what is told of it, as texts."""
    describe(data=bring(ROWS, metadata={"by": f"{who}'s cook", "rows": f"{rows} of {rows}"}))


@imported({"importer": [None], "read": ["c,d"]})
def address_by_parameter(address: str = MORE):
    """A parameter says what is imported."""
    steps.read(data=bring(address))


@imported({"say": [MORE], "importer": [None], "read": ["c,d"]})
def address_by_output():
    """A step says what is imported."""
    steps.read(data=bring(steps.say(text=MORE).output))


@imported({"importer": [None, None], "read": ["a,b", "c,d"]})
def address_by_item():
    """An item of a loop says what is imported."""
    with dsl.ParallelFor([ROWS, MORE]) as address:
        steps.read(data=bring(address))


@imported({"importer": [None], "read": ["c,d"]}, not_on_kfp="an import from an address with parameters inside")
def address_put_together(bucket: str = pantry.BUCKET, name: str = "more"):
    """Parameters within an address."""
    steps.read(data=bring(f"s3://{bucket}/{name}.csv"))


@imported({"importer": [None], "read": ["a,b"]})
def out_of_a_pipeline():
    """A nested pipeline hands out what it imported."""
    steps.read(data=brought(address=ROWS).output)


@imported({"importer": [None], "read": ["a,b"], "say": ["a,b"]})
def into_a_pipeline():
    """A nested pipeline reads what was imported."""
    steps.say(text=reading(rows=bring(ROWS)).output)


@imported({"importer-2": [None], "read": ["c,d"]})
def one_of_two(number: int = 1):
    """A condition says which is imported."""
    with dsl.If(number > 1):
        one = bring(ROWS)
    with dsl.Else():
        other = bring(MORE)
    steps.read(data=dsl.OneOf(one, other))


@imported({"importer": [None], "read": ["a,b"], "say": ["bye"]})
def guarded():
    """Within a part that an exit handler guards."""
    with dsl.ExitHandler(exit_task=steps.say(text="bye")):
        steps.read(data=bring(ROWS))


@case({"importer": [None], "where": [[ELSEWHERE, {"rows": 2}]]})
def address_alone():
    """What KFP copies nothing of is an address, and what is told of it."""
    where(data=bring(ELSEWHERE, metadata={"rows": 2}))


@imported({}, state="failed")
def nothing_there():
    """An address at which nothing lies."""
    steps.read(data=bring(pantry.address("nowhere.csv")))


@taken({"import-rows": [None], "read": ["a,b"], "read-2": ["a,b"]}, given={"rows": ROWS})
def taken_by_address(rows: dsl.Input[dsl.Dataset]):
    """A run gives the address of an artifact that the pipeline takes."""
    steps.read(data=rows)
    steps.read(data=rows)


@taken({"import-rows": [None], "read": ["a,b", "a,b"], "read-2": ["a,b"]}, given={"rows": ROWS})
def taken_in_groups(rows: dsl.Input[dsl.Dataset], number: int = 3):
    """It is read in a loop and on a condition."""
    with dsl.ParallelFor(["x", "y"]):
        steps.read(data=rows)
    with dsl.If(number == 3):
        steps.read(data=rows)


@taken({"import-rows": [None], "import-more": [None], "read": ["c,d"], "look": ["onetwo"]},
       given={"rows": FOLDER, "more": MORE})  # fmt: skip
def taken_by_a_pipeline(rows: dsl.Input[dsl.Dataset], more: dsl.Input[dsl.Dataset]):
    """Two of them, one of which a nested pipeline takes."""
    look(data=rows)
    reading(rows=more)


@case({"maybe": ["nothing"]}, kfp_local=NO_ARTIFACTS)
def taken_or_not(rows: Optional[dsl.Input[dsl.Dataset]] = None):
    """An optional one that a pipeline takes is absent."""
    maybe(data=rows)
