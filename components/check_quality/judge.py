"""Rules put to Great Expectations: which expectation judges which rule, on which frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from components.check_quality.contract import Rule
from components.check_quality.expectations import DataContextConfig, InMemoryStoreBackendDefaults, gx, gxe
from components.check_quality.facts import FACTS
from components.check_quality.outcomes import EXAMPLES
from components.shell.schema import Expect

# Facts are taken while the rows stream by and then judged as values of a frame of one row.
_EXPECTATIONS = {
    "columns": gxe.ExpectTableColumnsToMatchOrderedList,
    "type": gxe.ExpectColumnValuesToBeInSet,
    "row_count": gxe.ExpectColumnValuesToBeBetween,
    "shares": gxe.ExpectColumnValuesToBeBetween,
    "means": gxe.ExpectColumnValuesToBeBetween,
    "ordered": gxe.ExpectColumnValuesToBeBetween,
    "gaps": gxe.ExpectColumnValuesToBeBetween,
    "not_null_within": gxe.ExpectColumnValuesToBeBetween,
    "not_null": gxe.ExpectColumnValuesToNotBeNull,
    "unique": gxe.ExpectCompoundColumnsToBeUnique,
    "sets": gxe.ExpectColumnValuesToBeInSet,
    "ranges": gxe.ExpectColumnValuesToBeBetween,
    "not_after_as_of": gxe.ExpectColumnValuesToBeBetween,
}
_FORMAT = {"result_format": "SUMMARY", "partial_unexpected_count": EXAMPLES}
_SEVERITIES = {"error": "critical", "warning": "warning"}


@dataclass(frozen=True)
class Verdict:
    """What Great Expectations says of one rule on one frame; `error` is what kept it from judging.

    `judged` counts the rows it has looked at: all but those that are null.
    """

    expectation: str
    success: bool
    unexpected: int
    examples: tuple[Any, ...]
    places: tuple[int, ...]
    error: str = ""
    judged: int = 0

    def joined(self, other: "Verdict") -> "Verdict":
        """The verdict on both frames together."""
        return Verdict(
            expectation=self.expectation,
            success=self.success and other.success,
            unexpected=self.unexpected + other.unexpected,
            examples=(*self.examples, *other.examples)[:EXAMPLES],
            places=(*self.places, *other.places)[:EXAMPLES],
            error=self.error or other.error,
            judged=self.judged + other.judged,
        )


class Judge:
    """Great Expectations in memory: nothing is written, nothing is sent."""

    def __init__(self) -> None:
        # With its own defaults it writes down a temporary directory, in whose name a `$` would begin a variable.
        plain = DataContextConfig(store_backend_defaults=InMemoryStoreBackendDefaults())
        context = gx.get_context(mode="ephemeral", project_config=plain)
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas("stockpot").add_dataframe_asset("rows")
        self._whole_frame = asset.add_batch_definition_whole_dataframe("frame")

    def verdicts(self, rules: Sequence[Rule], frame: pd.DataFrame) -> list[Verdict]:
        """The verdict on each rule, in order."""
        asked: list[Any] = []
        found: dict[int, Verdict] = {}
        for place, rule in enumerate(rules):
            try:
                asked.append(_expectation(rule, place))
            except ValueError as error:
                found[place] = refused(rule, str(error))
        if asked:
            batch = self._whole_frame.get_batch({"dataframe": frame})
            results = batch.validate(gx.ExpectationSuite("contract", expectations=asked), result_format=_FORMAT).results
            found |= {int(result.expectation_config.meta["place"]): _verdict(result) for result in results}
        return [found[place] for place in range(len(rules))]


def expectation_class(rule: Expect) -> Any:
    """The library's class of an expectation that is named."""
    return getattr(gxe, "".join(part.capitalize() for part in rule.type.split("_")))


def refused(rule: Rule, why: str) -> Verdict:
    """The verdict on a rule that cannot be judged."""
    name = rule.given.type if isinstance(rule.given, Expect) else rule.kind
    told = " ".join(why.split())[:200]
    return Verdict(name, success=False, unexpected=0, examples=(), places=(), error=told)


def fact(rule: Rule) -> str:
    """The name of the one-row frame's column that holds what was counted for the rule."""
    return f"{rule.kind}:{','.join(rule.columns)}:{rule.text}"


def _expectation(rule: Rule, place: int) -> Any:
    if isinstance(rule.given, Expect) and rule.kind not in _EXPECTATIONS:
        # Whether `mostly` is kept is seen once all parts have been judged.
        named = {name: value for name, value in rule.given.kwargs.items() if name != "mostly"}
        found = expectation_class(rule.given)
        return found(**named, severity=_SEVERITIES[rule.severity], meta={"place": place})
    kind = _EXPECTATIONS.get(rule.kind, gxe.ExpectColumnValuesToBeBetween)
    arguments = {name: value for name, value in rule.arguments.items() if name not in ("from_rows", "type")}
    if rule.kind not in _EXPECTATIONS:
        arguments = {"column": fact(rule), "max_value": 0}
    elif rule.kind in FACTS:
        arguments["column"] = fact(rule)
    elif rule.kind == "unique" and len(rule.columns) == 1:
        kind, arguments = gxe.ExpectColumnValuesToBeUnique, {"column": rule.columns[0]}
    elif rule.kind == "unique":
        arguments["ignore_row_if"] = "any_value_is_missing"
    elif rule.kind != "columns":
        (arguments["column"],) = rule.columns
    return kind(**arguments, severity=_SEVERITIES[rule.severity], meta={"place": place})


def _verdict(result: Any) -> Verdict:
    found: Mapping[str, Any] = result.result
    return Verdict(
        expectation=result.expectation_config.type,
        success=bool(result.success),
        unexpected=int(found.get("unexpected_count") or 0),
        examples=tuple(found.get("partial_unexpected_list") or ())[:EXAMPLES],
        places=tuple(int(place) for place in found.get("partial_unexpected_index_list") or ())[:EXAMPLES],
        error=_error(result.exception_info),
        judged=int(found.get("element_count") or 0) - int(found.get("missing_count") or 0),
    )


def _error(info: Mapping[str, Any]) -> str:
    """The first line of what kept the expectation from being judged; it comes flat or by metric."""
    entries = [info, *(entry for entry in info.values() if isinstance(entry, Mapping))]
    raised = [entry for entry in entries if entry.get("raised_exception")]
    return str(raised[0].get("exception_message")).splitlines()[0][:200] if raised else ""
