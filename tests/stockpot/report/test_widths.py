"""Pages in a browser: nothing runs out of its place, and everything can be read, on screens and on paper."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from components.check_quality.contract import Rule
from components.check_quality.outcomes import Finding, Outcome
from components.check_quality.page import page as quality_page
from components.end_run.page import About, page
from components.end_run.past import Recorded
from components.end_run.record import Ended
from components.examine_features.page import render as features_page
from components.examine_features.summarise import summarise
from components.iceberg.details import details_text
from components.iceberg.receipts import Receipt
from components.pages.model import Origin
from components.shell.status import RunEnd
from components.shell.summary import Summary
from stockpot.report.index import index_path
from tests.components.examine_features.feature_rows import SHOWN, feature_rows, write_rows, write_users
from tests.harness.browser import LOOKS, faults
from tests.stockpot.report.eventful import LONG, NASTY, eventful

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
DETAILS = {"removed": {LONG: 600}, "reasons": {LONG: 10**12}, "met": 85, "warned": 1, "warnings": [LONG, NASTY]}


def end_of_run() -> str:
    """The page that the exit handler of a cluster writes, with texts of every length."""
    said = details_text({"features": Summary(10**12, 285, 715, DETAILS), "quality": Summary(285, 285, 0, DETAILS)})
    receipt = Receipt("k" * 64, LONG, NOON, NOON, NOON, "1", rows=10**12, run_id="run-1", source=LONG, details=said)
    run = Ended(LONG, LONG, NOON, "failed", None)
    beside = [
        Recorded(LONG, LONG, NOON, "succeeded", None, NOON, NOON, "argo", 1, 1, quality, None, was_done=False)
        for share in (0.1, 0.9)
        for quality in [{"label": LONG, "label_share": share, "moments": {LONG: [share, 0.1]}}]
    ]
    about = About(RunEnd("failed", LONG, LONG, 75), run, "", None, {LONG: receipt, "a.b": receipt})
    return page(replace(about, beside=(beside[0], beside[1]), origins=[Origin(LONG, LONG, None)]), "s3://b/f", LONG)


def of_a_contract() -> str:
    """The page that a step writes of a data contract, with rules and values of every length."""
    rules = [Rule(kind, (LONG, "id"), severity, LONG) for kind, severity in (("unique", "error"), (LONG, "warning"))]
    given = {"unexpected": 10**12, "examples": (NASTY, LONG, "a"), "row_numbers": (1, 10**12)}
    broken = [Finding(rule, False, LONG, LONG, **given) for rule in rules]
    return quality_page(Outcome(10**12, NOON, (*broken, Finding(rules[0], True, LONG))))


def of_features(directory: Path) -> str:
    """The page that a step writes of features."""
    figures = summarise(write_rows(directory / "rows", feature_rows()), write_users(directory / "users"), None, SHOWN)
    return features_page(figures, LONG)


def test_no_text_runs_out_of_its_place(tmp_path: Path) -> None:
    """At 800 and 1280 pixels, dark, and printed from a light and a dark screen; names and numbers of any length."""
    well, badly = eventful(tmp_path)
    pages = {"well": well, "badly": badly, "index": index_path(tmp_path)}
    texts = {name: path.read_text() for name, path in pages.items()} | {"cluster": end_of_run()}
    texts |= {"contract": of_a_contract(), "features": of_features(tmp_path)}
    found = faults(texts, tmp_path)
    assert len(found) == len(texts) * len(LOOKS)
    assert {name: told for name, told in found.items() if told} == {}


def test_what_runs_out_is_found(tmp_path: Path) -> None:
    """A page that is too wide, a text beyond its cell, one that scrolls on a screen alone, and one too pale."""
    style = "<style>td{max-width:50px;white-space:nowrap}@media (prefers-color-scheme: dark) {i{color:#eee}}</style>"
    page = f"<!DOCTYPE html><head>{style}</head><body style='margin:0'><table><tr><td>{'x' * 40}</table><i>pale</i>"
    scrolled = f"<!DOCTYPE html><body><div class=scroll style='overflow:auto'>{'y' * 400}</div>"
    wide = "<!DOCTYPE html><body><div style='width:1000px'>z</div>"
    found = faults({"page": page, "scrolled": scrolled, "wide": wide}, tmp_path)
    assert [told.split(":")[0] for told in found["page, dark, 1280"]] == ["outside TD.", "contrast 1.2"]
    assert (found["scrolled, light, 800"], len(found["scrolled, print"])) == ([], 1)
    assert [told.split(":")[0] for told in found["page, print, of a dark screen"]][1:] == ["contrast 1.2"]
    assert [bool(found[f"wide, {look}"]) for look in LOOKS] == [True, False, False, True, True]
