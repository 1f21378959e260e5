"""What a run keeps and shows of a step that tells all it knows."""

import base64
import json
import re
import sys
from urllib.parse import quote

import pytest
from kfp import dsl, kubernetes

from stockpot.local.display import plain
from stockpot.report.writing import write_report
from tests.stockpot.local import probes
from tests.stockpot.local.conftest import Runs


@pytest.mark.parametrize("word", ["so#up?a@b/c%41:d", "two  blanks'\"\\é", "kitchen"])
def test_a_secret_is_in_nothing_that_is_kept_or_shown(
    runs: Runs, word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever a step does with it: logs, records, report and terminal know a secret by its value."""

    @dsl.pipeline(name="leaking")
    def leaking(hint: str):
        for code in (0, 10):
            probe = probes.leak(code=code, hint=hint)
            kubernetes.use_secret_as_env(probe, "kitchen", {"word": "KITCHEN_WORD"})

    monkeypatch.setenv("KITCHEN_WORD", word)
    run = runs(leaking, {"hint": f"postgresql://cook:{word}@db/x" if word == "kitchen" else "none"})
    write_report(runs.home, run)
    show = plain(sys.stdout)
    for event in runs.events:
        show(event)
    kept = [path for path in (runs.home / "runs").rglob("*") if path.is_file() and "outputs" not in path.parts]
    assert {"run.json", "report.html", "stdout", "stderr", "command.json", "task.json"} <= {path.name for path in kept}
    texts = {path.name: path.read_text(errors="replace") for path in kept} | {"terminal": capsys.readouterr().out}
    assert "to a person: ***" in texts["terminal"]
    assert run.error.startswith("leak-2: ***; ")
    written = {word, json.dumps(word)[1:-1], quote(word), base64.b64encode(f"cook:{word}".encode()).decode()}
    for place, text in texts.items():
        # What a run was given has to be at hand when it is resumed.
        said = re.sub(r'"(given|parameters)": \{[^}]*\}', "", text)
        assert [each for each in written if re.search(rf"(?<![\w-]){re.escape(each)}(?![\w-])", said)] == [], place
