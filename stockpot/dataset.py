"""The declaration of a dataset, and of a pipeline that fills none: what stands above a pipeline's function."""

import inspect
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, get_args

from kfp import dsl
from kfp.dsl.base_component import BaseComponent
from kfp.dsl.pipeline_channel import PipelineParameterChannel
from kfp.dsl.structures import InputSpec

from components.shell.errors import ConfigurationError
from components.shell.redaction import HIDDEN, names_secret
from components.shell.schema import Column, Contract, Table
from components.shell.schema.pictures import Picture
from components.shell.schema.written import near
from stockpot.definition import Definition, Schedule
from stockpot.modes import (
    AS_OF,
    AppendStream,
    FullRefresh,
    IncrementalByTime,
    Mode,
    Parameter,
    Snapshot,
    Versioned,
    following,
)
from stockpot.origins import Origins
from stockpot.run import Run, guarded
from stockpot.streams import Topics
from stockpot.target import Target


@dataclass(frozen=True)
class Pipeline:
    """A pipeline that fills no table of its own; people are told how each run ends.

    `extracts` is the parameter, if there is one, that says which tables of the source it copies.
    """

    name: str
    title: str
    schedule: Schedule | None = None
    extracts: str = ""

    def __post_init__(self) -> None:
        """Refuse a name that engines would change.

        Raises:
            ValueError: it is one.
        """
        _refuse_odd(self.name)

    def pipeline(self, function: Callable[..., None]) -> Definition:
        """The definition of the pipeline that `function` writes down, with its own parameters, and no others."""
        own = inspect.signature(function)

        def body(*given: Any) -> None:
            channels = dict(zip(own.parameters, given, strict=True))
            copied = {"extracts": channels[self.extracts]} if self.extracts else {}
            inputs = {**copied, "parameters": _given(own, channels)}
            with guarded(self.name, channels.get(AS_OF.name, ""), **inputs):
                function(**channels)

        return Definition(_component(self.name, body, own, function.__doc__), self.title, self.schedule)


@dataclass(frozen=True)
class Source:
    """The table of the source Postgres whose rows fall into the intervals, and how its column of time may be called."""

    table: str
    times: tuple[str, ...]


@dataclass(frozen=True)
class Dataset:
    """A table that a pipeline fills, which holds the receipts of its runs; the rows' contract; and how runs share it.

    `also` are other tables that it fills. The own table is committed after them: its receipt says that all are filled,
    but for optional ones, which come last.

    Reports draw the share of `label`, a column of 1 and 0 or yes and no, over all rows and in each of the `groups`:
    columns by which rows are told apart. Beside these they draw the `pictures`, of this table and of the others.

    Where `origins` are given, a run can be told where the tables or topics lie that it reads, and what they are called.

    `text` is the column that says what a row is about, which `stockpot similar` shows.

    Where a workflow may follow a run (see `Run.follow`), `follows` has its name, with which its parameters begin.

    The options of the `steps`, which are their parameters with a default, are parameters of the pipeline. One that its
    function declares has the function's default; what it means is said by the step, unless the function does.

    A new `version` says that the same source makes other rows: committed intervals may then be filled anew.
    """

    name: str
    version: str
    title: str
    table: Table
    mode: Mode
    schedule: Schedule | None = None
    contract: Contract | None = None
    source: Source | None = None
    label: str = ""
    groups: tuple[str, ...] = ()
    also: tuple[Target, ...] = ()
    pictures: tuple[Picture, ...] = ()
    origins: Origins | Topics | None = None
    steps: tuple[BaseComponent, ...] = ()
    follows: tuple[str, ...] = ()
    text: str = ""

    def __post_init__(self) -> None:
        """Refuse a name that engines would change, and what a table lacks: columns that are named, or the mode's own.

        Raises:
            ValueError: it is one of the first two; the near match is named.
            ConfigurationError: it is one of the others.
        """
        _refuse_odd(self.name)
        known = [column.name for column in self.table.columns if isinstance(column, Column)]
        for role, name in (("label", self.label), ("text", self.text)):
            if name and name not in known:
                problem = f"the {role} '{name}' of dataset {self.name} is no column of {self.table_name}"
                raise ValueError(f"{problem}{near(name, known)}")
        for target in (self.own, *self.also):
            if lack := target.shared(self.mode).lacking(target.table):
                problem = f"table {target.table.name} of dataset {self.name} {lack}"
                raise ConfigurationError(problem, "see docs/load-modes.md")
        self._refuse_other_tables()
        for picture in self.pictures:
            picture.check(self.table_name, self.tables)

    def _refuse_other_tables(self) -> None:
        names = [self.table_name, *(target.table.name for target in self.also)]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"dataset {self.name} names table {twice} twice")
        kept = (one.table.name for one in self.also if one.optional and isinstance(one.shared(self.mode), Versioned))
        if name := next(kept, None):
            raise ValueError(f"dataset {self.name} keeps versions in {name}, which cannot be optional")
        if isinstance(self.mode, IncrementalByTime) and not (self.table.by_days or self.mode.of_utc_days):
            dated = (one.table for one in self.also if one.mode is None and one.table.by_days)
            if table := next(dated, None):
                what = f"table {table.name} of dataset {self.name} holds days, and the intervals of {self.table_name}"
                raise ConfigurationError(f"{what} may end within one", f"make '{table.interval_column}' a timestamptz!")
        if self.also and isinstance(self.mode, AppendStream):
            raise ValueError(f"dataset {self.name} appends a stream: name its other tables in AppendStream(derived=…)")

    @property
    def own(self) -> Target:
        """The dataset's own table and contract, as a target among the others."""
        return Target(self.table, self.contract)

    @property
    def table_name(self) -> str:
        """The table's name, such as `moderation.training_data`."""
        return self.table.name

    @property
    def tables(self) -> Mapping[str, Table]:
        """All tables that a run fills by name, the dataset's own first."""
        derived = self.mode.derived if isinstance(self.mode, AppendStream) else ()
        return {table.name: table for table in (self.table, *(target.table for target in self.also), *derived)}

    @property
    def label_delay(self) -> timedelta:
        """How long before the instant of a run its interval ends."""
        return self.mode.label_delay if isinstance(self.mode, IncrementalByTime) else timedelta()

    @property
    def time(self) -> str:
        """The column that says which interval or cut a row belongs to; empty where runs have neither."""
        if isinstance(self.mode, AppendStream):
            return self.mode.time
        return self.table.interval_column if isinstance(self.mode, IncrementalByTime | Snapshot) else ""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The parameters of a run of every dataset of these modes and origins."""
        modes = [self.mode, *(target.mode for target in self.also if target.mode)]
        by_name = {each.name: each for mode in reversed(modes) for each in mode.parameters}
        origins = self.origins.parameters if self.origins else ()
        return (AS_OF, *by_name.values(), *origins, *(each for name in self.follows for each in following(name)))

    def pipeline(self, function: Callable[..., None]) -> Definition:
        """The definition of the pipeline that `function(run, …)` writes down.

        It has the parameters of the function behind `run`, and those that come with the dataset's mode. Every run has
        its row in `etl_runs`, and people are told how it ends.
        """
        own = list(inspect.signature(function).parameters.values())[1:]
        options = self._options({each.name for each in own})
        self._refuse(function.__name__, [each.name for each in own], [each.name for each in options])
        signature = inspect.Signature([*map(_declared, self.parameters), *own, *map(_declared, options)])

        def body(*given: Any) -> None:
            channels = dict(zip(signature.parameters, given, strict=True))
            also = [name for name in self.tables if name != self.table_name]
            inputs = {**self._ended(channels), "parameters": _given(signature, channels)}
            with guarded(self.name, channels[AS_OF.name], self.table_name, also, **inputs) as handler:
                run = Run(self, channels)
                function(run, **{each.name: channels[each.name] for each in own})
                run.require_all()
            handler.exit_task.inputs.update(run.reads.inputs)

        text = _documented(function, [*self._explained(function, own), *self.parameters, *options])
        component = _component(self.name, body, signature, text)
        return Definition(component, self.title, self.schedule, self)

    def _ended(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs of `end_run` for such a run: where its rows come from, and what it was to fill."""
        from_there = {"source_tables": "extracts", "names": "names", "source": "source"}
        asked = {
            "backfill_from": "filled",
            "cut": "filled",
            **(from_there if isinstance(self.origins, Origins) else {}),
        }
        known = [each.name for each in self.parameters]
        return {asked[name]: given[name] for name in known if name in asked}

    def _inputs(self) -> list[tuple[str, InputSpec]]:
        """What the steps take, with its name."""
        return [pair for step in self.steps for pair in (step.component_spec.inputs or {}).items()]

    def _options(self, own: Collection[str]) -> list[Parameter]:
        """The options of the steps that neither the function declares nor the dataset has; of several the last one's.

        Raises:
            ValueError: steps give one of them different defaults.
        """
        known = {*own, *(each.name for each in self.parameters)}
        options = [(name, each) for name, each in self._inputs() if each.default is not None and name not in known]
        by_name = dict(options)
        for name, each in options:
            if each.default != by_name[name].default:
                problem = f"the steps of {self.name} have '{name}' as {each.default!r} and as {by_name[name].default!r}"
                raise ValueError(f"{problem}: declare it in the pipeline's function, with the default of both")
        return [Parameter(name, _default(each), _indented(each)) for name, each in by_name.items()]

    def _explained(self, function: Callable[..., None], own: Sequence[inspect.Parameter]) -> Iterator[Parameter]:
        """The function's parameters that its docstring leaves to the steps to explain."""
        text, inputs = inspect.getdoc(function) or "", dict(self._inputs())
        for each in own:
            if each.name in inputs and f"\n    {each.name}: " not in text:
                yield Parameter(each.name, each.default, _indented(inputs[each.name]))

    def _refuse(self, function: str, own: Collection[str], options: Collection[str]) -> None:
        """Nothing, if the function's parameters go together with the mode.

        Raises:
            ValueError: one of them comes with the mode, or the mode names one that the pipeline has not.
        """
        ours = {each.name for each in self.parameters}
        if twice := ours & set(own):
            raise ValueError(
                f"{function} declares {', '.join(sorted(twice))}, which come with the dataset: see `run.given`"
            )
        named = self.mode.made_from if isinstance(self.mode, FullRefresh) else ()
        known = [*own, *options]
        for name in (name for name in named if name not in known and name not in ours):
            close = get_close_matches(name, known, n=1)
            did = f"did you mean {close[0]}?" if close else f"it has {', '.join(known) or 'none'}"
            raise ValueError(f"{self.name} is made from '{name}', no parameter of {function}: {did}")


def _default(option: InputSpec) -> Any:
    """The option's default, which tells its type: a share of 1 is a number with a point as well."""
    return float(option.default) if option.type == "Float" else option.default


def _indented(option: InputSpec) -> str:
    """What an option means, as a docstring has it."""
    return (option.description or "").replace("\n", "\n        ")


def _refuse_odd(name: str) -> None:
    """Nothing, if every engine takes the name as it is: KFP would change others without a word, receipts would not."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise ValueError(f"'{name}' cannot be a pipeline's name: write it as customer-features is")


def _component(name: str, body: Callable[..., None], signature: inspect.Signature, text: str | None) -> Any:
    """The KFP pipeline that `body` writes down, for KFP to see with that signature and docstring."""
    body.__signature__, body.__doc__ = signature, text  # type: ignore[attr-defined]  # a function has both
    return dsl.pipeline(name=name)(body)


def _given(signature: inspect.Signature, channels: Mapping[str, Any]) -> str:
    """What a run is given, as `end_run` takes it; of what is secret by its name nothing but the name.

    Artifacts are left out, and parameters that a run may lack: no engine puts nothing into a text.
    """
    names = [
        name
        for name, each in signature.parameters.items()
        if isinstance(channels[name], PipelineParameterChannel) and not _may_lack(each)
    ]
    return "\n".join(f"--param {name}={HIDDEN if names_secret(name) else _as_text(name)}" for name in names)


def _as_text(parameter: str) -> PipelineParameterChannel:
    """The run's parameter, for a text: within one KFP finds no type with brackets, such as `dict[str, Any]`."""
    return PipelineParameterChannel(parameter, "String")


def _may_lack(parameter: inspect.Parameter) -> bool:
    return parameter.default is None or type(None) in get_args(parameter.annotation)


def _declared(parameter: Parameter) -> inspect.Parameter:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Parameter(parameter.name, kind, default=parameter.default, annotation=type(parameter.default))


def _documented(function: Callable[..., None], parameters: Sequence[Parameter]) -> str:
    """The function's docstring with a line for each of the parameters."""
    text = inspect.getdoc(function) or ""
    heading = "" if "\n\nArgs:\n" in text else "\n\nArgs:"
    return text + heading + "".join(f"\n    {each.name}: {each.text}" for each in parameters)
