"""`new step` and `new pipeline`: files to begin with, which work."""

from pathlib import Path
from typing import Annotated

import typer

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
def step(name: _Named, root: _Root = _ROOT) -> None:
    """Write a step: its interface, command, work, locked requirements, and a test.

    \b
    Examples:
      stockpot new step ratings
    """
    from stockpot.scaffold.names import parse_name
    from stockpot.scaffold.write import new_step

    named = parse_name(name)
    _tell(new_step(root, named), root, f"pytest tests/components/{named.python}")


@new.command()
def pipeline(name: _Named, root: _Root = _ROOT) -> None:
    """Write a daily dataset: its table, contract and pipeline, and its step NAME_rows where there is none yet.

    \b
    Examples:
      stockpot new pipeline loyalty-points
    """
    from stockpot.scaffold.names import parse_name
    from stockpot.scaffold.write import new_pipeline

    named = parse_name(name)
    _tell(new_pipeline(root, named), root, f"stockpot run {named.kebab}")


def _tell(written: list[Path], root: Path, following: str) -> None:
    for path in written:
        typer.echo(path.relative_to(root))
    typer.echo(f"Next: {following}, then make manifests")
