"""What surrounds the code: hooks, the hosted workflow and the change log keep to their rules."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from pre_commit.clientlib import load_config

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
_PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
_RELEASE = re.compile(r"\[(Unreleased|\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d)")
_KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


def test_hooks_call_the_tools_of_make_check() -> None:
    """The same programs from `.venv`, at their pinned versions, so that no hook says otherwise than the check."""
    (repository,) = load_config(ROOT / ".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    entries = {hook["entry"].replace(" --force-exclude", "") for hook in repository["hooks"]}
    make = (ROOT / "Makefile").read_text()
    tools = re.findall(r"^\t\$\(BIN\)/((?:mypy|ruff|lint-imports).*)$", make, re.MULTILINE)
    assert sorted(entries) == sorted(f".venv/bin/{tool.replace(' --check', '')}" for tool in tools)
    assert {hook["language"] for hook in repository["hooks"]} == {"unsupported"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_hosted_workflow_may_read_and_no_more(path: Path) -> None:
    """No secret, rights to read alone, actions pinned by commit, each job bounded, and only parts of `.ci/run`."""
    text = path.read_text()
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    assert not re.search(r"secrets\.|pull_request_target|github\.token", text)
    assert [line for line in text.splitlines() if "uses:" in line and not _PINNED.search(line)] == []
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert all(job["timeout-minutes"] and "permissions" not in job for job in workflow["jobs"].values())
    assert all(step["with"]["persist-credentials"] is False for step in steps if "checkout" in step.get("uses", ""))
    parts = re.findall(r"^part_(\w+)\(\)", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert {step["run"] for step in steps if "run" in step} == {f".ci/run {part}" for part in parts}


def test_an_unknown_part_of_the_check_is_refused() -> None:
    """Before anything is set up, with one line."""
    done = subprocess.run([ROOT / ".ci" / "run", "check", "all"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (11, "")
    assert done.stderr == "error: .ci/run has no part all; known are check, run and test\n"


def test_the_change_log_keeps_its_form() -> None:
    """What is unreleased, then versions with their day, newest first; the kinds of Keep a Changelog, each once."""
    _, *releases = re.split(r"^## ", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    names = [release.split("\n", 1)[0] for release in releases]
    assert [name for name in names if not _RELEASE.match(name)] == []
    assert names[0] == "[Unreleased]"
    assert names[1:] == sorted(
        names[1:], key=lambda name: [int(part) for part in re.findall(r"\d+", name)[:3]], reverse=True
    )
    for release in releases:
        kinds = re.findall(r"^### (.+)$", release, re.MULTILINE)
        assert kinds == [kind for kind in _KINDS if kind in kinds]
        assert kinds
