"""What a step is told in its environment: only what its task names, and nothing else."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from components.connect.network import PLAINTEXT
from components.shell import redaction
from components.shell.errors import ConfigurationError
from components.shell.names import CATALOG_PREFIX
from components.shell.settings import Part, catalog_names, is_public, known, of
from stockpot.compiler import ir
from stockpot.compiler.lightweight import installs_of, logins_of
from stockpot.compiler.placeholders import Json
from stockpot.local.endpoints import POSTGRES_VARIABLES, STORE_VARIABLES
from stockpot.local.services import Wanted
from stockpot.local.values import Inputs


def settings_of(task: str, container: ir.Container, inputs: Inputs, values: Mapping[str, str]) -> dict[str, str]:
    """What the container's process is told of the values: what it names, and what belongs to that.

    Raises:
        ConfigurationError: a variable that it needs has no value.
    """
    # KFP's driver leaves out what a parameter without value names.
    given = [each for each in container.environment_from if all(name in inputs for name in each.name.inputs)]
    _refuse_missing(task, given, values)
    named = _named(given, values)
    # A plan of before this setting names no Secret that would have it.
    found = [each.name for each in of(Part.STEPS)] + ([PLAINTEXT] if named else [])
    if named.keys() & set(POSTGRES_VARIABLES):
        found += [each.name for each in of(Part.POSTGRES)]
    if any(name.startswith(CATALOG_PREFIX) for name in named):
        found += catalog_names(values)
    return {name: values[name] for name in found if values.get(name)} | named


def secrets_of(dag: ir.Dag, values: Mapping[str, str]) -> frozenset[str]:
    """The secrets of a run: those of the values, what its containers take from Secrets that are not ours, and logins.

    The logins are those of the indexes that components install from.
    """
    found = [container for _, container in containers(dag)]
    named = {name: value for each in found for name, value in _named(each.environment_from, values).items()}
    logins = {f"login {login}": login for each in found for login in logins_of(installs_of(each))}
    secret = [*(name for name in named if not is_public(name)), *logins]
    return redaction.secrets_of({**values, **named, **logins}, secret)


def _named(sources: Sequence[ir.EnvironmentSource], values: Mapping[str, str]) -> dict[str, str]:
    """The variables that come from Secrets and ConfigMaps, looked up by variable, then by key where that is a setting.

    Any other key, such as `USER` or `password`, may be the name of something else here.
    """
    found = {each.variable: values.get(each.variable) or _by_key(each.key, values) for each in sources}
    return {variable: value for variable, value in found.items() if value}


def _by_key(key: str, values: Mapping[str, str]) -> str:
    return values.get(key, "") if known(key) or key.startswith(CATALOG_PREFIX) else ""


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


def check(dag: ir.Dag, parameters: Mapping[str, Json], values: Mapping[str, str]) -> None:
    """Make sure that every variable that tasks take from Secrets has a value, or may be missing.

    A Secret of which only the run will know whether a parameter names it is looked at when its step starts.

    Raises:
        ConfigurationError: one has none.
    """
    known: dict[tuple[str, ...], set[str]] = {(): set(parameters)}
    for path, task in ir.walk(dag):
        known[path] = set(_given(task, known[path[:-1]]))
        if isinstance(task.component.body, ir.Container):
            sources = task.component.body.environment_from
            _refuse_missing(path[-1], [each for each in sources if known[path].issuperset(each.name.inputs)], values)


def _given(task: ir.Task, known: Collection[str]) -> Iterator[str]:
    """The parameters that the task surely has, where those around it are known."""
    for name, value in task.parameters.items():
        if not isinstance(value, ir.ComponentInput) or value.name in known:
            yield name
    yield from (name for name, each in task.component.parameters.items() if each.default is not None)


def _refuse_missing(task: str, sources: Sequence[ir.EnvironmentSource], values: Mapping[str, str]) -> None:
    embedded = {*POSTGRES_VARIABLES, *STORE_VARIABLES, f"{CATALOG_PREFIX}WAREHOUSE"}
    present = _named(sources, values)
    for source in sources:
        if not source.optional and source.variable not in present and not embedded & {source.key, source.variable}:
            raise ConfigurationError(
                f"{task} takes {source.variable} from the {_shown(source)}, which is not here",
                f"set {source.variable} in the environment",
            )
