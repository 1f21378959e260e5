"""How a parameter's value is written for `--param`: `@FILE` names a file, `@@TEXT` is a text that begins with @."""

from collections.abc import Mapping

from components.shell.quoting import as_value


def names_file(value: str) -> bool:
    """Whether the written value names a file."""
    return value.startswith("@") and not value.startswith("@@")


def as_written(parameters: Mapping[str, str], files: Mapping[str, str]) -> dict[str, str]:
    """The parameters as they are written: `@FILE` where one has a file, `@@…` for a text that begins with @."""
    return {name: f"@{files[name]}" if name in files else as_value(value) for name, value in parameters.items()}
