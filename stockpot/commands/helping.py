"""Help in sections: commands and options by what they are about, and the parameters of the pipeline that is named.

It is plain text, as typer writes it without Rich: whose import would take longer than all else that help does.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from stockpot.compiler.ir import Parameter

OF_RUN, WHERE, OF_KFP = "What the run is about", "Where it runs", "Kubeflow Pipelines"
"""The panels of options that commands share."""

_WORDS = "stockpot.words"
_KINDS = {
    "STRING": "TEXT",
    "NUMBER_INTEGER": "INTEGER",
    "NUMBER_DOUBLE": "FLOAT",
    "BOOLEAN": "BOOLEAN",
    "LIST": "JSON LIST",
    "STRUCT": "JSON OBJECT",
}
# What a command needs beside the pipeline, in an example of it.
_NEEDED = {"backfill": ("--from", "2026-01-01T00:00:00Z")}
_LONGEST = 40


class Grouped(TyperGroup):
    """A group whose help has a section of commands for each `rich_help_panel`."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the sections, in the order in which their first commands were added."""
        shown = {name: each for name in self.list_commands(ctx) if (each := self.get_command(ctx, name))}
        width = max(map(len, shown), default=0)
        panels: dict[str, list[tuple[str, str]]] = {}
        for name, command in shown.items():
            if not command.hidden:
                row = (name.ljust(width), command.get_short_help_str(formatter.width - 6 - width))
                panels.setdefault(getattr(command, "rich_help_panel", None) or "Commands", []).append(row)
        for panel, rows in panels.items():
            with formatter.section(panel):
                formatter.write_dl(rows)


class OfPipeline(TyperCommand):
    """A command on a pipeline: a section of options for each `rich_help_panel`, and the parameters of the one named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse them; help is asked for before typer knows which pipeline is named."""
        ctx.meta[_WORDS] = tuple(args)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options, those without a panel last, and then the parameters.

        Raises:
            ConfigurationError: there is no such pipeline; near matches are named.
        """
        for panel, rows in self._panels(ctx).items():
            if rows:
                with formatter.section(panel):
                    formatter.write_dl(rows)
        named, _, _ = self.make_parser(ctx).parse_args(args=[*ctx.meta.get(_WORDS, ())])
        if reference := named.get("pipeline"):
            words = ["stockpot", str(ctx.info_name), str(reference), *_NEEDED.get(str(ctx.info_name), ())]
            _write_parameters(words, str(reference), formatter, dated=any(each.name == "as_of" for each in self.params))

    def _panels(self, ctx: Any) -> dict[str, list[tuple[str, str]]]:
        panels: dict[str, list[tuple[str, str]]] = {"Arguments": [], OF_RUN: [], WHERE: [], OF_KFP: []}
        others: list[tuple[str, str]] = []
        for each in self.get_params(ctx):
            if row := each.get_help_record(ctx):
                panel = "Arguments" if each.param_type_name == "argument" else getattr(each, "rich_help_panel", "")
                panels.get(panel, others).append(row)
        return {**panels, "Options": others}


def _write_parameters(words: list[str], reference: str, formatter: Any, *, dated: bool) -> None:
    """Write the parameters, and the command with some of them; with an instant where it takes one (`dated`)."""
    from stockpot.compiler.definitions import glance
    from stockpot.local.recovery import joined

    pipeline = glance(reference).pipeline
    if not pipeline.parameters:
        with formatter.section(f"Parameters of {pipeline.name}"):
            formatter.write_text("It takes none.")
        return
    with formatter.section(f"Parameters of {pipeline.name}, for --param NAME=VALUE"):
        formatter.write_dl([_row(each) for each in pipeline.parameters.values()])
    with formatter.section("For example"):
        for more in _examples(pipeline.parameters.values(), dated=dated):
            formatter.write(f"  {joined([*words, *more])}\n")


def _row(parameter: "Parameter") -> tuple[str, str]:
    """Name and type, and what there is to say of it with its default, as of an option."""
    from components.shell.legible import on_one_line
    from stockpot.display.describe import default_of

    default = default_of(parameter)
    if len(default) > 2 * _LONGEST:
        default = "long, as `stockpot show` prints it"
    note = f"[default: {default}]" if default else "" if parameter.optional else "[required]"
    about = on_one_line(parameter.description)
    return f"{parameter.name} {_KINDS.get(parameter.kind, parameter.kind)}", f"{about}  {note}".strip()


def _examples(parameters: Iterable["Parameter"], *, dated: bool) -> Iterator[list[str]]:
    """The words that give what must be given and one parameter more; and those with an instant, where it has one."""
    from stockpot.compiler.ir import Constant
    from stockpot.compiler.placeholders import text_of

    needed: list[str] = []
    known: list[str] = []
    for each in parameters:
        if each.default is None and not each.optional:
            needed += ["--param", f"{each.name}=VALUE"]
        elif isinstance(each.default, Constant) and (value := text_of(each.default.value)):
            known += ["--param", f"{each.name}={value}"] if len(value) <= _LONGEST and not known else []
    yield [*needed, *known]
    if dated and any(each.name == "as_of" for each in parameters):
        yield ["--as-of", "2026-01-15T00:00:00Z", *needed]
