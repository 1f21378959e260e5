"""`new step` and `new pipeline`: files to begin with, which work."""

from pathlib import Path
from typing import Annotated

import typer

from stockpot.commands.options import Form, Output

_ROOT = Path(__file__).resolve().parents[2]
_HELP = """Write a new step or pipeline that works, to begin with.

\b
Examples:
  stockpot new pipeline loyalty-points
  stockpot new step ratings
"""
new = typer.Typer(help=_HELP, no_args_is_help=True)

_Named = Annotated[str, typer.Argument(metavar="NAME", help="Such as loyalty-points; letters, digits and dashes.")]
_Root = Annotated[Path, typer.Option("--root", metavar="DIR", help="The working tree. Default: that of this command.")]


@new.command()
def step(name: _Named, root: _Root = _ROOT, output: Output = Form.TEXT) -> None:
    """Write a step: its interface, command, work, locked requirements, and a test.

    \b
    Examples:
      stockpot new step ratings
    """
    from stockpot.scaffold.names import parse_name
    from stockpot.scaffold.write import new_step

    named = parse_name(name)
    _print_written(new_step(root, named), root, f"pytest tests/components/{named.python}", output)


@new.command()
def pipeline(name: _Named, root: _Root = _ROOT, output: Output = Form.TEXT) -> None:
    """Write a daily dataset: its table, contract and pipeline, and its step NAME_rows where there is none yet.

    \b
    Examples:
      stockpot new pipeline loyalty-points
    """
    from stockpot.scaffold.names import parse_name
    from stockpot.scaffold.write import new_pipeline

    named = parse_name(name)
    _print_written(new_pipeline(root, named), root, f"stockpot run {named.kebab}", output)


def _print_written(written: list[Path], root: Path, following: str, output: Form) -> None:
    from stockpot.display.columns import print_json

    files, then = [str(path.relative_to(root)) for path in written], "make manifests"
    if output is Form.JSON:
        print_json({"root": str(root), "files": files, "next": [following, then]})
        return
    typer.echo("\n".join(files))
    typer.echo(f"Next: {following}, then {then}")
