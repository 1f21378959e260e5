"""The command that has a run once more, from the parameters that it was given."""

from collections.abc import Mapping
from datetime import datetime

from components.shell.cluster import own_namespace
from components.shell.instants import format_instant
from components.shell.quoting import as_value, quoted
from components.shell.redaction import redact, without_secrets

_AS_OF = "as_of"
_PARAMETER = "--param "


def parameters(text: str) -> dict[str, str]:
    """The parameters by name, of a text with a line `--param NAME=VALUE` for each; values may have several lines."""
    lines = f"\n{text}".split(f"\n{_PARAMETER}")[1:]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


def shown(parameters: Mapping[str, str]) -> dict[str, str]:
    """The parameters as people may see them: nothing that is secret, or called so."""
    return {name: redact(str(without_secrets(name, value))) for name, value in parameters.items()}


def of(engine: str, pipeline: str, as_of: datetime | None, parameters: Mapping[str, str]) -> str:
    """The command for whoever sits at the engine, with the instant that the run was about, and all its parameters."""
    values = shown(parameters)
    as_of_text = values.pop(_AS_OF, None)
    instant = format_instant(as_of) if as_of else as_of_text
    words = [*_words(engine, pipeline), *(["--as-of", instant] if as_of_text is not None and instant else [])]
    words += [word for name, value in values.items() for word in ("--param", f"{name}={as_value(value)}")]
    return " ".join(map(quoted, words))


def _words(engine: str, pipeline: str) -> list[str]:
    if engine == "local":
        return ["stockpot", "run", pipeline]
    if engine == "argo":
        namespace = own_namespace()
        return ["stockpot", "submit", pipeline, *(["--namespace", namespace] if namespace else [])]
    return ["stockpot", "submit", pipeline, "--on", "kfp"]
