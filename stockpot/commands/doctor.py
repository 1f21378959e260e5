"""`doctor`: whether this machine and what the environment names are fit for a run."""

import os
from typing import TYPE_CHECKING

import typer

from components.shell.counts import counted
from stockpot.commands.options import DEFAULT_HOME, DEFAULT_NAMESPACE, Form, Home, Namespace, Output

if TYPE_CHECKING:
    from stockpot.local.health import Finding

_MARKS = {"ok": "✓", "note": "·", "wrong": "✗"}


def doctor(home: Home = DEFAULT_HOME, namespace: Namespace = DEFAULT_NAMESPACE, output: Output = Form.TEXT) -> None:
    """Look whether all is there that a run needs, one line each; of what is wrong, what to do.

    Python and packages, room and rights, ports, the settings, each service that they name (whether it answers, takes
    the login, and has the time of this machine), and the rights on a cluster where ARGO_SERVER, KUBECONFIG or
    ~/.kube/config names one. Nothing is started or changed. Exit code 11 where something is wrong.

    \b
    Examples:
      stockpot doctor
      stockpot doctor --output json
    """
    from stockpot.display.columns import fitted, print_json
    from stockpot.local.health import Verdict, machine, services

    findings = [*machine(home), *services(os.environ), _cluster(namespace)]
    wrong = [one for one in findings if one.verdict is Verdict.WRONG]
    if output is Form.JSON:
        print_json([{"what": one.what, "verdict": one.verdict, "said": one.said} for one in findings])
    else:
        typer.echo(
            fitted(("", "WHAT", "HOW IT STANDS"), [(_MARKS[one.verdict], one.what, one.said) for one in findings])
        )
    if wrong:
        from components.shell.errors import ConfigurationError

        number = counted(len(wrong), "thing is", "things are")
        raise ConfigurationError(f"{number} wrong: {', '.join(one.what for one in wrong)}", "do what their lines say")


def _cluster(namespace: str) -> "Finding":
    from stockpot.cluster.rights import ask, is_named
    from stockpot.local.health import Finding, Verdict, found

    if not is_named(os.environ):
        return Finding("cluster", Verdict.OK, "none is named; runs are carried out on this machine")
    return found("cluster", lambda: ask(os.environ, namespace))
