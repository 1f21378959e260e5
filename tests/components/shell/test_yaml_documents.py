"""YAML from elsewhere: what it stands for is bounded before anything is made of it."""

import pytest

from components.shell import yaml_documents as module
from components.shell.arguments import parse
from components.shell.errors import ConfigurationError
from components.shell.yaml_documents import MOST_BYTES, yaml_documents
from stockpot.compiler.definitions import load
from stockpot.local.values import coerce
from tests.harness.odd.bombs import BRACKETS, JSON, LONG_NUMBER, YAML


@pytest.mark.parametrize("bomb", YAML)
def test_a_short_text_that_stands_for_too_much_is_refused(bomb: str) -> None:
    """With one line and without a crash, whatever it is made of."""
    with pytest.raises(ConfigurationError, match=r"x\.yaml is (no YAML|too large)") as refused:
        yaml_documents(YAML[bomb].encode(), "x.yaml")
    assert len(str(refused.value)) < 400


def test_a_long_text_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than 8 MiB are not even parsed."""
    monkeypatch.setattr(module.yaml, "load_all", pytest.fail)
    with pytest.raises(ConfigurationError, match="too large"):
        yaml_documents(b"#" * (MOST_BYTES + 1), "x.yaml")


def test_what_is_sound_comes_as_it_is() -> None:
    """Several documents, aliases that stand for little, anchors used anew, long texts that are no numbers."""
    text = f"a: &a [1, 2]\nb: *a\nc: &b {{d: *a}}\n---\n- '{LONG_NUMBER}'\n- {'ab' * 500}\n- 0x1F\n"
    assert yaml_documents(text.encode(), "x") == [
        {"a": [1, 2], "b": [1, 2], "c": {"d": [1, 2]}},
        [LONG_NUMBER, "ab" * 500, 31],
    ]


def test_an_ir_file_of_brackets_is_one_line(tmp_path) -> None:
    """`stockpot show` says what is wrong, and does not die of a signal."""
    for name, text in {"a.yaml": BRACKETS, "b.json": JSON["braces"], "c.yaml": YAML["laughs"]}.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(ConfigurationError, match=r"is (no YAML|too large)"):
            load(str(tmp_path / name))


@pytest.mark.parametrize("bomb", JSON)
def test_a_parameter_of_json_is_one_line(bomb: str) -> None:
    """On the command line of a run and on that of a step."""
    for kind in ("STRUCT", "LIST", "NUMBER_INTEGER", "NUMBER_DOUBLE"):
        with pytest.raises(ConfigurationError, match="must be"):
            coerce(JSON[bomb], kind, "input 'x'")
    from components.consume_events.__main__ import main  # noqa: PLC0415 - the step is heavy, and one test's

    with pytest.raises(ConfigurationError, match="--topics must be dict"):
        parse(main, ["--topics", JSON[bomb]])


def test_numbers_of_thousands_of_digits_are_no_parameters() -> None:
    """Neither whole ones nor exponents."""
    for kind in ("NUMBER_INTEGER", "NUMBER_DOUBLE"):
        for text in (LONG_NUMBER, f"1e{LONG_NUMBER}", f"-{LONG_NUMBER}", f"1e-{LONG_NUMBER}x"):
            with pytest.raises(ConfigurationError, match="must be"):
                coerce(text, kind, "input 'x'")


@pytest.mark.parametrize("number", ["1e999", "NaN", "-Infinity", "9" * 4_000])
def test_numbers_that_other_engines_do_not_know_are_no_parameters(number: str) -> None:
    """Wherever in a list or an object they stand; doubles are, and by themselves whole numbers of 64 bits."""
    for text, kind in ((f"[{number}]", "LIST"), (f'{{"a": [{number}]}}', "STRUCT"), (number, "NUMBER_INTEGER")):
        with pytest.raises(ConfigurationError, match="must be"):
            coerce(text, kind, "input 'x'")
    assert coerce(f"[{2**64}, -2.0, 1e300]", "LIST", "x") == [18446744073709552000, -2, 1e300]
    with pytest.raises(ConfigurationError, match="must be"):
        coerce([float("inf")], "LIST", "x")
    assert coerce(str(2**63 - 1), "NUMBER_INTEGER", "x") == 2**63 - 1
    with pytest.raises(ConfigurationError, match="must be"):
        coerce(str(2**63), "NUMBER_INTEGER", "x")
