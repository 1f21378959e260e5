"""Great Expectations itself: what is asked of it, and what it says."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from components.check_quality.expectations import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    coerce_to_datetime,
    gx,
    gxe,
)
from components.check_quality.outcomes import EXAMPLES, Expectation, Verdict

_FORMAT = {"result_format": "SUMMARY", "partial_unexpected_count": EXAMPLES}
_SEVERITIES = {"error": "critical", "warning": "warning"}


class Library:
    """Great Expectations in memory: nothing is written, nothing is sent."""

    def __init__(self) -> None:
        # With its own defaults it writes down a temporary directory, in whose name a `$` would begin a variable.
        plain = DataContextConfig(store_backend_defaults=InMemoryStoreBackendDefaults())
        context = gx.get_context(mode="ephemeral", project_config=plain)
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas("stockpot").add_dataframe_asset("rows")
        self._whole_frame = asset.add_batch_definition_whole_dataframe("frame")

    def verdicts(self, asked: Sequence[Expectation], frame: pd.DataFrame) -> list[Verdict]:
        """The verdict on each expectation, in order."""
        expectations: list[Any] = []
        by_index: dict[int, Verdict] = {}
        for index, each in enumerate(asked):
            severity, meta = _SEVERITIES[each.severity], {"index": index}
            try:
                expectations.append(expectation_class(each.expectation)(**each.arguments, severity=severity, meta=meta))
            except ValueError as error:
                by_index[index] = each.refused(str(error))
        if expectations:
            batch = self._whole_frame.get_batch({"dataframe": frame})
            results = batch.validate(
                gx.ExpectationSuite("contract", expectations=expectations), result_format=_FORMAT
            ).results
            by_index |= {int(result.expectation_config.meta["index"]): _verdict(result) for result in results}
        return [by_index[index] for index in range(len(asked))]


def expectation_class(name: str) -> Any:
    """The library's class of an expectation by its name."""
    return getattr(gxe, "".join(part.capitalize() for part in name.split("_")))


def instant(value: Any) -> Any:
    """What the library takes a value of a set for where the column holds instants: of a text that names one, that."""
    return coerce_to_datetime(value, target_is_date_only=False)


def _verdict(result: Any) -> Verdict:
    details: Mapping[str, Any] = result.result
    return Verdict(
        expectation=result.expectation_config.type,
        success=bool(result.success),
        unexpected=int(details.get("unexpected_count") or 0),
        examples=tuple(details.get("partial_unexpected_list") or ())[:EXAMPLES],
        row_numbers=tuple(int(row) for row in details.get("partial_unexpected_index_list") or ())[:EXAMPLES],
        error=_error(result.exception_info),
        judged=int(details.get("element_count") or 0) - int(details.get("missing_count") or 0),
    )


def _error(info: Mapping[str, Any]) -> str:
    """The first line of the error that kept the expectation from being checked; errors come flat or by metric."""
    entries = [info, *(entry for entry in info.values() if isinstance(entry, Mapping))]
    raised = [entry for entry in entries if entry.get("raised_exception")]
    return str(raised[0].get("exception_message")).splitlines()[0][:200] if raised else ""
