"""The shape of the tree: every step has its rooms, its interface fits its command, and the rules of the house hold."""

import ast
import dataclasses
import importlib
import inspect
import json
import re
import subprocess
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from kfp.dsl.base_component import BaseComponent

from components.shell.arguments import flag, parameters

ROOT = Path(__file__).parents[1]
STEPS = sorted(path.parent.name for path in ROOT.glob("components/*/component.py"))
SOURCES = sorted(path for folder in ("components", "pipelines", "stockpot") for path in (ROOT / folder).rglob("*.py"))
TESTS = sorted(path for path in (ROOT / "tests").rglob("*.py"))
HEAVY = {
    "PIL", "apprise", "duckdb", "great_expectations", "ibis", "kafka", "minio", "numpy", "onnxruntime", "pandas",
    "psycopg2", "pyarrow", "pyiceberg", "pyspark", "tokenizers",
}  # fmt: skip
PICKLERS = {"pickle", "marshal", "shelve", "dill", "cloudpickle"}
# What a flag may be on the side of the command, for each type on the side of the interface. An id of a snapshot goes as
# text: KFP's numbers are doubles, which cannot hold it. So does an object of a
# person's that must not keep a run from its end.
KINDS: Mapping[str, tuple[Any, ...]] = {
    "STRING": (str, datetime, int),
    "NUMBER_INTEGER": (int,),
    "NUMBER_DOUBLE": (float,),
    "BOOLEAN": (bool,),
    "STRUCT": (dict, str),
    "LIST": (list,),
    "TASK_FINAL_STATUS": (dict,),
    "path": (Path,),
}


@dataclass(frozen=True)
class Flag:
    """What an interface says of one flag: its kind, and its default in a list, which is empty where there is none."""

    kind: str
    default: tuple[Any, ...]


@dataclass(frozen=True)
class Interface:
    """A component: the module it runs and the flags it hands over."""

    name: str
    module: str
    flags: Mapping[str, Flag]


def components_of(step: str) -> list[BaseComponent]:
    """The components that the step's interface declares."""
    module = importlib.import_module(f"components.{step}.component")
    return [value for value in vars(module).values() if isinstance(value, BaseComponent)]


def interface_of(component: BaseComponent) -> Interface:
    """The component as its compiled specification has it."""
    specification = component.pipeline_spec
    definition = next(iter(specification.components.values()))
    (executor,) = specification.deployment_spec["executors"].values()
    container = executor["container"]
    arguments = [str(argument) for argument in container["args"]]
    optional = [json.loads(text)["IfPresent"]["Then"] for text in arguments if text.startswith('{"IfPresent":')]
    arguments = [text for text in arguments if not text.startswith('{"IfPresent":')]
    flags = {flag: flag_of(value, definition) for flag, value in zip(arguments[::2], arguments[1::2], strict=True)}
    flags |= {flag: dataclasses.replace(flag_of(value, definition), default=(None,)) for flag, value in optional}
    return Interface(component.name, list(container["command"])[-1], flags)


def flag_of(value: str, definition: Any) -> Flag:
    """The flag whose value is the placeholder `value`."""
    if "['path']" in value or ".path" in value or "output_file" in value:
        return Flag("path", ())
    if value == "{{$}}":
        # KFP's executor input, empty on other engines; a text, for it may be no JSON (components/shell/executor.py).
        return Flag("STRING", ("{}",))
    found = re.search(r"inputs\.parameters\['(\w+)'\]", value)
    assert found, f"{value} is no placeholder of an input"
    parameter = definition.input_definitions.parameters[found[1]]
    has_default = parameter.HasField("default_value")
    return Flag(kind_name(parameter), (plain(parameter.default_value),) if has_default else ())


def kind_name(parameter: Any) -> str:
    """The name of the parameter's type, such as STRING."""
    field = parameter.DESCRIPTOR.fields_by_name["parameter_type"]
    return str(field.enum_type.values_by_number[parameter.parameter_type].name)


def plain(value: Any) -> Any:
    """The protobuf value as JSON has it."""
    return json.loads(json_format.MessageToJson(value))


def main_of(module: str) -> Callable[..., None]:
    """What the module runs, as `python -m` finds it."""
    name = module if (ROOT / module.replace(".", "/")).with_suffix(".py").exists() else f"{module}.__main__"
    return importlib.import_module(name).main


def differences(interface: Interface, main: Callable[..., None]) -> list[str]:
    """In which flags, types and defaults interface and command differ."""
    taken = {flag(name): parameter for name, parameter in parameters(main).items()}
    found = [f"{name} is on one side alone" for name in sorted(interface.flags.keys() ^ taken.keys())]
    own = inspect.signature(main).parameters.values()
    found += [f"{flag(each.name)} is positional" for each in own if each.kind is not inspect.Parameter.KEYWORD_ONLY]
    for name in interface.flags.keys() & taken.keys():
        said, parameter = interface.flags[name], taken[name]
        if kind_of(parameter.annotation) not in KINDS[said.kind]:
            found.append(f"{name} is {said.kind} here and {parameter.annotation} there")
        default = default_of(parameter)
        if said.kind == "STRUCT" and kind_of(parameter.annotation) is str:
            default = tuple(map(json.loads, default))
        if default not in ((), said.default):
            found.append(f"{name} has {said.default} here and {parameter.default} there")
    return found


def default_of(parameter: inspect.Parameter) -> tuple[Any, ...]:
    """The parameter's default in a tuple, which is empty where it is required; None is JSON with nothing in it."""
    if parameter.default is inspect.Parameter.empty:
        return ()
    kind = kind_of(parameter.annotation)
    empty = parameter.default in (None, ()) or "factory" in repr(parameter.default)
    default = list(parameter.default) if isinstance(parameter.default, tuple) else parameter.default
    return (kind() if empty and kind in (dict, list) else default,)


def kind_of(hint: Any) -> Any:
    """The bare type of a hint: `dict` for `dict[str, Any]`, `str` for `str | None`."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        (hint,) = [kind for kind in typing.get_args(hint) if kind is not types.NoneType]
    kind = typing.get_origin(hint) or hint
    return {Sequence: list, Mapping: dict}.get(kind, kind)


def modules_of(step: str) -> Iterator[str]:
    """The modules that the step's components run."""
    for component in components_of(step):
        yield interface_of(component).module


def missing(step: str) -> list[str]:
    """What a step should have and has not."""
    image, tests = ROOT / "images" / step, ROOT / "tests/components" / step
    wanted = [
        image / "requirements.in",
        image / "requirements.txt",
        ROOT / "components" / step / "__init__.py",
    ]
    for module in modules_of(step):
        place = ROOT / module.replace(".", "/")
        wanted.append(place / "__main__.py" if place.is_dir() else place.with_suffix(".py"))
    found = [str(path.relative_to(ROOT)) for path in wanted if not path.is_file()]
    if not any(tests.glob("test_*.py")):
        found.append(f"tests/components/{step}/test_*.py")
    return found


@pytest.mark.parametrize("step", STEPS)
def test_every_step_has_its_rooms(step: str):
    """A step is an interface, a command, an image with its lock, and tests; the failure lists what is missing."""
    assert missing(step) == []


def test_every_image_belongs_to_a_step():
    """There is no image without an interface."""
    assert sorted(path.name for path in (ROOT / "images").iterdir() if path.is_dir()) == STEPS


@pytest.mark.parametrize("lock", sorted(ROOT.glob("images/*/requirements.txt")), ids=lambda path: path.parent.name)
def test_locks_carry_exact_versions_and_hashes(lock: Path):
    """Every requirement of an image is pinned and hashed, and what stands in requirements.in is in the lock."""
    entries = re.split(r"\n(?=[a-z0-9])", re.sub(r"(?m)^\s*#.*\n?", "", lock.read_text()).strip(), flags=re.IGNORECASE)
    locked = [entry for entry in entries if entry]
    assert [entry for entry in locked if "==" not in entry or "--hash=sha256:" not in entry] == []
    wanted = [line for line in lock.with_suffix(".in").read_text().splitlines() if line and not line.startswith("#")]
    assert [line for line in wanted if "==" not in line] == []
    names = {normal(entry) for entry in locked}
    assert [line for line in wanted if normal(line) not in names] == []


def normal(requirement: str) -> str:
    """A requirement's name as package indices compare it, with its version."""
    name, version = re.match(r"([\w.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", requirement).groups()
    return f"{re.sub(r'[-_.]+', '-', name).lower()}=={version}"


INTERFACES = [pytest.param(component, id=component.name) for step in STEPS for component in components_of(step)]


@pytest.mark.parametrize("component", INTERFACES)
def test_interface_and_command_have_the_same_flags(component: BaseComponent):
    """Interface and command agree on flags and types, and what the command lets be left out, so does the interface."""
    interface = interface_of(component)
    assert differences(interface, main_of(interface.module)) == []


def test_a_command_that_differs_is_noticed():
    """Of a flag too few, a flag too many, another type and another default each is told."""

    def main(*, rows: Path, missing: str, as_of: datetime, count: str = "", share: float = 0.5) -> None:
        """Nothing that is ever run."""

    def positional(rows: Path) -> None:
        """Nothing that is ever run."""

    strings = {name: Flag("STRING", ()) for name in ("--as-of", "--more")}
    flags = {"--rows": Flag("path", ()), "--count": Flag("NUMBER_INTEGER", ("",)), "--share": Flag("NUMBER_DOUBLE", ())}
    assert sorted(differences(Interface("x", "x", flags | strings), main)) == [
        "--count is NUMBER_INTEGER here and <class 'str'> there",
        "--missing is on one side alone",
        "--more is on one side alone",
        "--share has () here and 0.5 there",
    ]
    assert differences(Interface("x", "x", {"--rows": Flag("path", ())}), positional) == ["--rows is positional"]


@pytest.mark.parametrize("step", STEPS)
def test_commands_name_their_own_step(step: str):
    """A step runs a module of its own folder."""
    assert [module for module in modules_of(step) if module.split(".")[:2] != ["components", step]] == []


def _foreign(file: Path) -> Iterator[str]:
    """What a file of a step imports of other steps; rooms without an interface, such as the shell, are for all."""
    own = file.relative_to(ROOT / "components").parts[0]
    for node in ast.walk(ast.parse(file.read_text())):
        named = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        named += [each.name for each in node.names] if isinstance(node, ast.Import) else []
        rooms = [name.split(".")[1] for name in named if name.startswith("components.")]
        yield from (f"{file}:{node.lineno} {room}" for room in rooms if room in set(STEPS) - {own})


def test_steps_know_nothing_of_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Each has an image of its own, with the packages that it alone needs."""
    files = sorted((ROOT / "components").glob("*/**/*.py"))
    assert [found for file in files for found in _foreign(file)] == []
    step = tmp_path / "components" / STEPS[0] / "work.py"
    step.parent.mkdir(parents=True)
    step.write_text(
        f"import components.shell\nfrom components.{STEPS[1]}.work import do\nimport components.{STEPS[2]}\n"
    )
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    assert [found.rpartition(" ")[2] for found in _foreign(step)] == STEPS[1:3]


def test_importing_all_pipelines_and_interfaces_loads_nothing_heavy():
    """What a laptop imports to compile is KFP and nothing that only images have."""
    code = (
        "import importlib, json, sys\n"
        "from stockpot.definition import discover\n"
        f"discover()\nfor step in {STEPS!r}: importlib.import_module(f'components.{{step}}.component')\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert "kfp" in loaded
    assert loaded & HEAVY == set()


def tree_of(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(), str(path))


def forbidden(node: ast.AST) -> str:
    """What the node does that no code here may do; empty where it does no such thing."""
    match node:
        case ast.Call(func=ast.Name(id="eval" | "exec" as name)):
            return name
        case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr="system" | "popen" as name)):
            return f"os.{name}"
        case ast.keyword(arg="shell", value=ast.Constant(value=value)) if value:
            return "shell=True"
        case ast.ExceptHandler(type=None):
            return "bare except"
        case ast.Import(names=[ast.alias(name=name), *_]) | ast.ImportFrom(module=str(name)) if name in PICKLERS:
            return name
    return ""


def test_no_code_runs_text_or_unpickles():
    """No eval, exec, pickle, shell or bare except in what is shipped."""
    found = [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)} {what}"
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if (what := forbidden(node))
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "eval('1')",
        "exec(x)",
        "import pickle",
        "from pickle import loads",
        "run(x, shell=True)",
        "os.system(x)",
        "try: x\nexcept: y",
    ],
)
def test_the_search_for_forbidden_code_finds_it(text: str):
    """The rule above is not blind."""
    assert any(forbidden(node) for node in ast.walk(ast.parse(text)))


def test_what_tests_share_lies_in_the_harness():
    """Beside the tests of the tree itself stand their fixtures, and the program that writes the index of decisions."""
    beside = {path.name for path in (ROOT / "tests").glob("*.py") if not path.name.startswith("test_")}
    assert beside == {"conftest.py", "decisions.py"}


def test_no_module_is_called_after_nothing():
    """Utils, helpers, managers, common and misc say nothing of what is in them."""
    vague = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc"}
    assert [str(path.relative_to(ROOT)) for path in SOURCES if path.stem in vague or path.parent.name in vague] == []


_UNEXCUSED = re.compile(r"# noqa(?!: [A-Z]+\d+(?:, [A-Z]+\d+)* - \S)|# type: ignore(?!\[[a-z, -]+\]  # (?!noqa)\S)")
_EXCUSED = {
    "noqa": False, "noqa: E501": False, "noqa: E501 - ": False, "noqa: E501, B006 - so": True,
    "type: ignore": False, "type: ignore[misc]": False, "type: ignore[misc]  # ": False,
    "type: ignore[misc]  # noqa: E501 - so": False, "type: ignore[misc, no-any-return]  # so": True,
}  # fmt: skip


def test_each_ignored_rule_carries_its_reason():
    """A line that a rule of ruff's or mypy's passes over says which rule and why."""
    assert {rest: not _UNEXCUSED.search(f"x  # {rest}") for rest in _EXCUSED} == _EXCUSED
    lines = ((path, *line) for path in (*SOURCES, *TESTS) for line in enumerate(path.read_text().splitlines(), 1))
    found = [f"{path.relative_to(ROOT)}:{number}" for path, number, line in lines if _UNEXCUSED.search(line)]
    assert [each for each in found if not each.startswith("tests/test_tree.py:")] == []
