"""`completion`: what a shell is told so that it completes commands, options, pipelines and runs."""

from enum import StrEnum
from typing import Annotated

import typer

VARIABLE = "_STOCKPOT_COMPLETE"
"""Set by a shell's script that asks how a line may go on."""


class Shell(StrEnum):
    """A shell whose language the script is in."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="`bash`, `zsh` or `fish`.")]) -> None:
    """Print what a shell is to read so that it completes commands, options, pipelines and runs.

    `stockpot` must be on PATH. For each new shell, put the line into ~/.bashrc or ~/.zshrc; for fish, write what is
    printed to ~/.config/fish/completions/stockpot.fish.

    \b
    Examples:
      eval "$(stockpot completion bash)"
      eval "$(stockpot completion zsh)"
      stockpot completion fish | source
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]  # it is there for programs too

    typer.echo(get_completion_script(prog_name="stockpot", complete_var=VARIABLE, shell=shell.value))
