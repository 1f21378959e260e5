"""The figures of a page: numbers that steps tell, and nothing else of what they tell."""

from tests.stockpot.report.test_report import NASTY, _page, _run, _task


def test_numbers_that_steps_tell_are_figures_of_the_page(tmp_path):
    """Under names in words; no text, nothing within a part, nothing under a secret name or one that no code has."""
    told = {"rekeyed_sessions": 12345, "late_share": 0.125, "share": 1, "mean": 1.23456, "too_late": 0}
    others = {"kinds": {"from_source": 77}, "name": "from source", "is_it": True, "api_key": 77, NASTY: 77,
              "From Source": 77, "nan": float("nan"), "huge": 10**400, "met": 77, "listed": [77]}  # fmt: skip
    rounds = [_task(f"r.{number}", name="r", parent="loop", details={"in_rounds": number}) for number in (1, 2)]
    loop = _task("loop", name="r", kind="loop")
    _, root = _page(tmp_path, _run([_task("a", title="sessions", details=told | others), _task("b"), loop, *rounds]))
    (part,) = [each for each in root.iter("section") if each.findtext("h2") == "Figures"]
    assert [each.text for each in part.iter("h3")] == ["sessions"]
    shown = {line.findtext("th"): line.findtext("td/code") for line in part.iter("tr")}
    assert shown == {"rekeyed sessions": "12,345", "late share": "12.5 %", "share": "100.0 %", "mean": "1.235",
                     "too late": "0"}  # fmt: skip


def test_a_step_shows_no_more_than_some_figures(tmp_path):
    """Of very many the first ones; a run whose steps tell none has no such part."""
    _, root = _page(tmp_path, _run([_task("a", details={f"n{number:02}": number for number in range(30)})]))
    (part,) = [each for each in root.iter("section") if each.findtext("h2") == "Figures"]
    assert [line.findtext("td/code") for line in part.iter("tr")] == [str(number) for number in range(20)]
    _, root = _page(tmp_path, _run([_task("a", details={"kind": "x"})]))
    assert "Figures" not in [each.text for each in root.iter("h2")]
