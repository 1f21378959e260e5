"""Skips that are failures where nothing may be missing: `.ci/run` sets NO_SKIPS once it has brought all programs.

CANNOT_BE_HAD names the one program that it could not bring, where there is such a one.
"""

import os
from collections.abc import Generator

import pytest

_Report = pytest.TestReport | pytest.CollectReport


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, _Report, _Report]:
    """The report of a test, failed where it was skipped and nothing may be missing."""
    return _held((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, _Report, _Report]:
    """The same for a module that is skipped as a whole."""
    return _held((yield))


def _held(report: _Report) -> _Report:
    # A test that is expected to fail is reported as skipped too.
    if os.environ.get("NO_SKIPS") and report.skipped and not hasattr(report, "wasxfail"):
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        lacking = os.environ.get("CANNOT_BE_HAD")
        if lacking and reason.endswith(f"needs {lacking}"):
            return report
        report.outcome, report.longrepr = "failed", f"nothing may be skipped here (NO_SKIPS): {reason}"
    return report
