"""Each promise about vectors is broken once, and the finding that stands for it is the one that breaks."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from components.shell import datasets
from components.validate_embeddings.validate import Bounds, Validated, validate
from components.vectors.rows import SCHEMA

COUNT, WIDTH, GROUPS = 60, 8, 4
CENTRES = np.eye(GROUPS, WIDTH)
ARTICLES = pa.schema([(name, pa.string()) for name in ("article_id", "text", "product_group_name")])
Rows = list[dict[str, Any]]


def vectors(seed: int = 5) -> np.ndarray:
    """Vectors of length 1, each near the centre of its group."""
    found = CENTRES[np.arange(COUNT) % GROUPS] + np.random.default_rng(seed).normal(scale=0.1, size=(COUNT, WIDTH))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def rows(found: np.ndarray) -> Rows:
    """The rows of these vectors."""
    told = {
        "kind": "bert",
        "model": "m",
        "model_digest": "d",
        "truncated": False,
        "computed_at": 0,
        "articles_snapshot": 1,
    }
    return [
        {**told, "article_id": f"{place:03}", "dimension": len(each), "vector": each.tolist(), "input_hash": f"{place}"}
        for place, each in enumerate(found)
    ]


def judge(directory: Path, given: Rows, before: Rows = (), groups: int = GROUPS) -> Validated:
    """The findings; there are 60 articles with a text, of four groups in turn."""
    articles = [
        {"article_id": f"{place:03}", "text": "warm", "product_group_name": f"g{place % groups}"}
        for place in range(COUNT)
    ]
    articles.append({"article_id": "900", "text": "", "product_group_name": None})
    for name, schema, each in (("rows", SCHEMA, given), ("before", SCHEMA, before), ("articles", ARTICLES, articles)):
        table = pa.Table.from_pylist(list(each), schema=schema)
        datasets.write_dataset(directory / name, schema, table.to_batches())
    return validate("bert", directory / "rows", directory / "articles", directory / "before", Bounds())


def broken(found: Validated) -> list[tuple[str, bool]]:
    """The names of the findings that do not hold, and whether they are errors."""
    return [(each.name, each.is_error) for each in found.broken]


def test_good_vectors_hold(tmp_path: Path) -> None:
    """And what is told of them is what a search through all pairs tells."""
    found = vectors()
    done = judge(tmp_path, rows(found), rows(vectors(6)))
    assert broken(done) == []
    told = {each.name: each.value for each in done.findings}
    cosines = found @ found.T
    np.fill_diagonal(cosines, -1)
    same = [other % GROUPS == place % GROUPS for place in range(COUNT) for other in np.argsort(-cosines[place])[:10]]
    assert told["neighbours_of_one_group"] == pytest.approx(np.mean(same))
    middles = [each.sum(axis=0) / np.linalg.norm(each.sum(axis=0)) for each in (found, vectors(6))]
    assert told["cosine_of_the_middle_to_the_run_before"] == pytest.approx(middles[0] @ middles[1], abs=1e-6)
    assert told["coverage"] == 1


def test_what_is_not_nearest_to_itself_is_an_error(tmp_path: Path) -> None:
    """One too long, by less than its length may be off, is found before its neighbour is; those that are equal tie."""
    found = vectors()
    found[4] = found[0] * 1.0009
    done = judge(tmp_path / "long", rows(found))
    assert broken(done) == [("share_of_vectors_nearest_to_themselves", True)]
    told = {each.name: each.value for each in done.findings}
    assert told["share_of_vectors_nearest_to_themselves"] == pytest.approx(1 - 1 / COUNT)
    equal = [row | {"input_hash": "0"} if row["article_id"] == "004" else row for row in rows(vectors())]
    equal[4]["vector"] = equal[0]["vector"]
    assert broken(judge(tmp_path / "equal", equal)) == []


def _first(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Rows], Rows]:
    return lambda given: [given[0] | change(given[0]), *given[1:]]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_first(lambda row: {"vector": row["vector"][:4]}), "dimensions"),
        (_first(lambda _: {"dimension": 9}), "vectors_of_another_length_than_told"),
        (_first(lambda row: {"vector": [float("nan"), *row["vector"][1:]]}), "vectors_that_are_not_finite"),
        (_first(lambda row: {"vector": [float("inf"), *row["vector"][1:]]}), "vectors_that_are_not_finite"),
        (_first(lambda row: {"vector": [0.0] * len(row["vector"])}), "vectors_without_length_1"),
        (_first(lambda row: {"vector": [2 * each for each in row["vector"]]}), "vectors_without_length_1"),
        (lambda given: given[1:], "coverage"),
        (_first(lambda _: {"input_hash": "1"}), "inputs_with_several_vectors"),
        (lambda given: [row | {"vector": given[0]["vector"]} for row in given], "share_of_inputs_with_one_vector"),
    ],
)
def test_each_error_is_found(tmp_path: Path, change: Callable[[Rows], Rows], expected: str) -> None:
    """By the finding that stands for it, and no commit follows."""
    assert (expected, True) in broken(judge(tmp_path, change(rows(vectors()))))


def test_each_warning_is_found(tmp_path: Path) -> None:
    """Vectors that are all alike, neighbours of any group, and a whole that has moved."""
    alike = vectors() + 9
    alike /= np.linalg.norm(alike, axis=1, keepdims=True)
    assert ("mean_cosine_of_pairs", False) in broken(judge(tmp_path / "alike", rows(alike)))
    shuffled = vectors()[np.random.default_rng(1).permutation(COUNT)]
    assert broken(judge(tmp_path / "any", rows(shuffled))) == [("neighbours_of_one_group", False)]
    moved = broken(judge(tmp_path / "moved", rows(vectors()), rows(-vectors())))
    assert moved == [("cosine_of_the_middle_to_the_run_before", False)]


@pytest.mark.parametrize(
    ("left", "more", "said"),
    [
        (48, (), ""),
        (47, (), "bert: share of vectors gone since the run before is 0.2167, at most 0.2 is right"),
        (0, (), "bert: share of vectors gone since the run before is 1, at most 0.2 is right"),
        (0, ("--max-drop", "1"), ""),
    ],
)
def test_what_is_gone_of_a_kind_is_held_to_its_own(tmp_path: Path, left: int, more: Sequence[str], said: str) -> None:
    """However many there are of another kind; a kind that is off is gone too, unless somebody says that it may be."""
    judge(tmp_path, rows(vectors())[:left], rows(vectors()))
    others = [row | {"kind": "clip"} for row in rows(np.concatenate([vectors(seed) for seed in range(5)]))]
    judge(tmp_path / "images", others, [*rows(vectors()), *others])
    flags = ["--images", str(tmp_path / "images/rows"), "--before", str(tmp_path / "images/before")]
    done = command(tmp_path, *flags, "--min-coverage", "0", *more)
    assert (done.returncode, said in done.stderr) == (10 if said else 0, True), done.stderr
    assert ("run it once with a larger max_drop, such as 1" in done.stderr) is bool(said)
    found = json.loads((tmp_path / "summary").read_text())["details"]["findings"]["bert"]
    assert found["share_of_vectors_gone_since_the_run_before"]["holds"] is not bool(said)


def command(directory: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """What the step says of what was laid for `judge`; `more` flags take the place of those before."""
    places = {name: directory / name for name in ("articles", "before", "results", "summary")}
    places |= {"texts": directory / "rows", "images": directory / "none/rows", "rows": directory / "handed"}
    flags = [word for name, place in places.items() for word in (f"--{name}", str(place))]
    words = [sys.executable, "-m", "components.validate_embeddings", *flags, *more]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("given", "code"), [([], 0), (rows(vectors()), 0), (rows(vectors())[1:], 10)])
def test_the_command_tells_and_refuses(tmp_path: Path, given: Sequence[Any], code: int) -> None:
    """The findings are in summary and results either way; none at all where the kind is off."""
    judge(tmp_path, list(given))
    judge(tmp_path / "none", [])
    done = command(tmp_path)
    assert done.returncode == code, done.stderr
    details = json.loads((tmp_path / "summary").read_text())["details"]
    assert ("findings" in details) is bool(given)
    told = {one["rule"]: one for one in json.loads((tmp_path / "results").read_text())["expectations"]}
    assert set(told) == set(details.get("findings", {}).get("bert", {}))
    if given:
        state, observed = ("met", "1") if not code else ("failed", "0.9833")
        coverage = {"rule": "coverage", "columns": ["bert"], "state": state}
        assert told["coverage"] == {**coverage, "expected": "at least 0.99", "observed": observed}
    assert (tmp_path / "handed/_manifest.json").exists() is (code == 0)
    if not code:
        assert datasets.read_manifest(tmp_path / "handed").rows == len(given)
    else:
        assert "error: the vectors do not hold: bert: coverage is 0.9833, at least 0.99 is right" in done.stderr
