"""What a step is told in its environment: only what its task names, and nothing else."""

from collections.abc import Iterator, Mapping

from components.connect.network import PLAINTEXT
from components.shell import redaction
from components.shell.errors import ConfigurationError
from components.shell.names import CATALOG_PREFIX
from components.shell.settings import Part, catalog_names, is_public, of
from stockpot.compiler import ir
from stockpot.local.endpoints import POSTGRES_VARIABLES, STORE_VARIABLES
from stockpot.local.services import Wanted


def settings_of(container: ir.Container, values: Mapping[str, str]) -> dict[str, str]:
    """What the container's process is told of the values: what it names, and what belongs to that."""
    named = _named(container, values)
    # A plan of before this setting names no Secret that would have it.
    found = [each.name for each in of(Part.STEPS)] + ([PLAINTEXT] if named else [])
    if named.keys() & set(POSTGRES_VARIABLES):
        found += [each.name for each in of(Part.POSTGRES)]
    if any(name.startswith(CATALOG_PREFIX) for name in named):
        found += catalog_names(values)
    return {name: values[name] for name in found if values.get(name)} | named


def secrets_of(dag: ir.Dag, values: Mapping[str, str]) -> frozenset[str]:
    """The secrets of a run: those of the values, and all that its containers take from Secrets that are not ours."""
    named = {name: value for _, container in containers(dag) for name, value in _named(container, values).items()}
    return redaction.secrets_of({**values, **named}, [name for name in named if not is_public(name)])


def _named(container: ir.Container, values: Mapping[str, str]) -> dict[str, str]:
    """The variables that the container takes from Secrets and ConfigMaps, looked up by key, then by variable."""
    found = {
        source.variable: values.get(source.key) or values.get(source.variable) for source in container.environment_from
    }
    return {variable: value for variable, value in found.items() if value}


def containers(dag: ir.Dag) -> Iterator[tuple[str, ir.Container]]:
    """Every container of the plan with the name of its task."""
    for path, task in ir.walk(dag):
        if isinstance(task.component.body, ir.Container):
            yield path[-1], task.component.body


def _shown(source: ir.EnvironmentSource) -> str:
    """The source for people; its name may be a parameter's value."""
    if source.kind == "field":
        return f"pod's {source.key}"
    return f"{source.kind} {source.name.render(lambda _: '…')}"


def wanted(dag: ir.Dag) -> Wanted:
    """Which services the plan's tasks talk to."""
    names = {
        name
        for _, container in containers(dag)
        for source in container.environment_from
        for name in (source.key, source.variable)
    }
    return Wanted(postgres=bool(names & set(POSTGRES_VARIABLES)), store=bool(names & set(STORE_VARIABLES)))


def check(dag: ir.Dag, values: Mapping[str, str]) -> None:
    """Make sure that every variable that tasks take from Secrets has a value, or may be missing.

    Raises:
        ConfigurationError: one has none.
    """
    embedded = {*POSTGRES_VARIABLES, *STORE_VARIABLES, f"{CATALOG_PREFIX}WAREHOUSE"}
    for task, container in containers(dag):
        present = _named(container, values)
        for source in container.environment_from:
            if not source.optional and source.variable not in present and not embedded & {source.key, source.variable}:
                raise ConfigurationError(
                    f"{task} takes {source.variable} from the {_shown(source)}, which is not here",
                    f"set {source.variable} in the environment",
                )
