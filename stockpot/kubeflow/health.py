"""Whether a Kubeflow Pipelines API that is named answers, and lets us in."""

from collections.abc import Mapping
from pathlib import Path

from stockpot.kubeflow.server import Server
from stockpot.kubeflow.target import Target


def ask(environ: Mapping[str, str]) -> str:
    """What there is to say of an API to which pipelines can be submitted; nothing is left there.

    Raises:
        ConfigurationError: it does not know us, or lets us not look at pipelines, or something else stands there.
        TransientError: it does not answer.
    """
    token = environ.get("KF_PIPELINES_SA_TOKEN_PATH", "")
    server = Server(Target(token_file=Path(token) if token else None), environ)
    about = server.about()
    known = about.get("tag_name", "unknown")
    which = "answers without telling its version" if known == "unknown" else f"version {known} answers"
    if about.get("multi_user") and not server.namespace:
        return f"{which}; it has several users, so name your profile's namespace when you submit: --namespace"
    server.ask(lambda: server.client.list_pipelines(page_size=1, namespace=server.namespace))
    where = f" of namespace {server.namespace}" if server.namespace else ""
    return f"{which} and shows pipelines{where}; whether runs may be started cannot be asked"
