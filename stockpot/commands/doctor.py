"""`doctor`: whether this machine and what the environment names are fit for a run."""

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from components.shell.counts import counted
from stockpot.commands.options import DEFAULT_HOME, DEFAULT_NAMESPACE, Form, Home, Namespace, Output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stockpot.local.health import Finding

_MARKS = {"ok": "✓", "note": "·", "wrong": "✗"}


def doctor(home: Home = DEFAULT_HOME, namespace: Namespace = DEFAULT_NAMESPACE, output: Output = Form.TEXT) -> None:
    """Look whether all is there that a run needs, one line each; of what is wrong, what to do.

    Python and packages, room and rights, ports, the settings, each service that they name (whether it answers, takes
    the login, and has the time of this machine), the rights on a cluster where ARGO_SERVER, KUBECONFIG or
    ~/.kube/config names one, and Kubeflow Pipelines where KF_PIPELINES_ENDPOINT does. Nothing is started or changed.
    Exit code 11 where something is wrong.

    \b
    Examples:
      stockpot doctor
      stockpot doctor --output json
    """
    from stockpot.display.columns import fitted, print_json
    from stockpot.local.health import Verdict, machine, services

    findings = [*machine(home), *services(os.environ), *_clusters(namespace)]
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


def _clusters(namespace: str) -> "Iterator[Finding]":
    """What there is to say of the clusters that are named."""
    from stockpot.cluster import rights
    from stockpot.kubeflow import target
    from stockpot.local.health import Finding, Verdict, check

    on_argo, on_kfp = rights.is_named(os.environ), target.is_named(os.environ)
    if on_argo:
        cluster = check("cluster", lambda: rights.ask(os.environ, namespace))
        yield cluster
        if cluster.verdict is Verdict.OK:
            more = check("further rights", lambda: rights.lacking(os.environ, namespace))
            if more.said:
                yield replace(more, verdict=Verdict.NOTE)
    if on_kfp:
        from stockpot.kubeflow import health

        yield check("Kubeflow Pipelines", lambda: health.ask(os.environ))
    if not on_argo and not on_kfp:
        yield Finding("cluster", Verdict.OK, "none is named; runs are carried out on this machine")
