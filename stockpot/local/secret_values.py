"""The variables of a step's environment: only those that its task names."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from components.connect.network import PLAINTEXT
from components.shell import redaction
from components.shell.errors import ConfigurationError
from components.shell.names import CATALOG_PREFIX
from components.shell.settings import Part, catalog_names, is_public, known, of
from stockpot.compiler import ir
from stockpot.compiler.lightweight import logins_of
from stockpot.compiler.placeholders import Json
from stockpot.local.endpoints import POSTGRES_VARIABLES, STORE_VARIABLES
from stockpot.local.secret_files import SecretFiles
from stockpot.local.services import Wanted
from stockpot.local.values import Inputs


def settings_of(
    task: str, container: ir.Container, inputs: Inputs, values: Mapping[str, str], files: SecretFiles
) -> dict[str, str]:
    """The variables of the container's process, from the values and files: those it names, and what belongs to them.

    Raises:
        ConfigurationError: a variable that it needs has no value.
    """
    # KFP's driver leaves out what a parameter without value names.
    sources = [each for each in container.environment_from if all(name in inputs for name in each.name.inputs)]
    named = _named(sources, values, files, inputs.parameters)
    _refuse_missing(task, sources, named, files)
    # A plan of before this setting names no Secret that would have it.
    names = [each.name for each in of(Part.STEPS)] + ([PLAINTEXT] if named else [])
    if named.keys() & set(POSTGRES_VARIABLES):
        names += [each.name for each in of(Part.POSTGRES)]
    if any(name.startswith(CATALOG_PREFIX) for name in named):
        names += catalog_names(values)
    return {name: values[name] for name in names if values.get(name)} | named


def secrets_of(dag: ir.Dag, values: Mapping[str, str], files: SecretFiles) -> frozenset[str]:
    """The secrets of a run: those of the values, what its containers take from Secrets that are not ours, and logins.

    The logins are those of the indexes that components install from. Of the files all count that lie in Secrets, for
    only the run knows which a parameter names.
    """
    containers = list(ir.containers(dag))
    named = {each.variable: _at_hand(each, values) for container in containers for each in container.environment_from}
    logins = {f"login {login}": login for each in containers for login in logins_of(each)}
    file_texts = {f"file {path}": text for path, text in files.texts().items()}
    secret = [*(name for name, value in named.items() if value and not is_public(name)), *logins, *file_texts]
    present = {name: value for name, value in named.items() if value}
    return redaction.secrets_of({**values, **present, **logins, **file_texts}, secret)


def _named(
    sources: Sequence[ir.EnvironmentSource], values: Mapping[str, str], files: SecretFiles, known: Mapping[str, Json]
) -> dict[str, str]:
    """The variables that come from Secrets and ConfigMaps: from their files, else from the values.

    A name that holds parameters is looked for among the files where these are `known`.
    """
    variables: dict[str, str] = {}
    for each in sources:
        kept = files.value(each.kind, _name(each, known), each.key) if known.keys() >= {*each.name.inputs} else None
        value = _at_hand(each, values) if kept is None else kept
        if value or kept is not None:
            variables[each.variable] = value
    return variables


def _name(source: ir.EnvironmentSource, known: Mapping[str, Json]) -> str:
    return source.name.render(lambda part: str(known[part.name]))


def _at_hand(source: ir.EnvironmentSource, values: Mapping[str, str]) -> str:
    """The value by the variable's name, or by the key where that is a setting; empty where there is none.

    Any other key, such as `USER` or `password`, may be the name of something else here.
    """
    return values.get(source.variable) or _by_key(source.key, values)


def _by_key(key: str, values: Mapping[str, str]) -> str:
    return values.get(key, "") if known(key) or key.startswith(CATALOG_PREFIX) else ""


def _shown(source: ir.EnvironmentSource) -> str:
    """The source for people."""
    return f"pod's {source.key}" if source.kind == "field" else f"{source.kind} {_shown_name(source)}"


def _shown_name(source: ir.EnvironmentSource) -> str:
    """The source's name, of which a part may be a parameter's value."""
    return source.name.render(lambda _: "…")


def wanted(dag: ir.Dag) -> Wanted:
    """Which services the plan's tasks talk to."""
    names = {
        name
        for container in ir.containers(dag)
        for source in container.environment_from
        for name in (source.key, source.variable)
    }
    return Wanted(postgres=bool(names & set(POSTGRES_VARIABLES)), store=bool(names & set(STORE_VARIABLES)))


def check(dag: ir.Dag, parameters: Mapping[str, Json], values: Mapping[str, str], files: SecretFiles) -> None:
    """Make sure that every variable that tasks take from Secrets has a value, or may be missing.

    A Secret of which only the run will know whether a parameter names it is looked at when its step starts, and so is
    one that a parameter names where the home has any.

    Raises:
        ConfigurationError: one has none.
    """
    known: dict[tuple[str, ...], set[str]] = {(): set(parameters)}
    for path, task in ir.walk(dag):
        known[path] = set(_given(task, known[path[:-1]]))
        if isinstance(task.component.body, ir.Container):
            sources = [
                each
                for each in task.component.body.environment_from
                if not each.name.inputs or (known[path].issuperset(each.name.inputs) and not files.has_any(each.kind))
            ]
            _refuse_missing(path[-1], sources, _named(sources, values, files, {}), files)


def _given(task: ir.Task, known: Collection[str]) -> Iterator[str]:
    """The parameters that the task surely has, where those around it are known."""
    for name, value in task.parameters.items():
        if not isinstance(value, ir.ComponentInput) or value.name in known:
            yield name
    yield from (name for name, each in task.component.parameters.items() if each.default is not None)


def _refuse_missing(
    task: str, sources: Sequence[ir.EnvironmentSource], present: Collection[str], files: SecretFiles
) -> None:
    embedded = {*POSTGRES_VARIABLES, *STORE_VARIABLES, f"{CATALOG_PREFIX}WAREHOUSE"}
    for source in sources:
        if not source.optional and source.variable not in present and not embedded & {source.key, source.variable}:
            alternative = files.or_there(source.kind, _shown_name(source), source.key)
            raise ConfigurationError(
                f"{task} takes {source.variable} from the {_shown(source)}, which is not here",
                f"set {source.variable} in the environment{alternative}",
            )
