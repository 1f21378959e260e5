"""Lightweight Python components: what their command installs, and the plan and documents that they become."""

import ast
import json
from pathlib import Path
from typing import Any

import kfp
import pytest
from kfp import dsl

from components.shell.errors import ConfigurationError
from stockpot.compiler import executor, ir
from stockpot.compiler.argo import argo_documents
from stockpot.compiler.definitions import from_component, load
from stockpot.compiler.errors import UnsupportedError
from stockpot.compiler.executor import URI
from stockpot.compiler.lightweight import Group, Installs, behind_installer, installs_of, is_lightweight, logins_of
from stockpot.compiler.placeholders import Text
from tests.stockpot.compiler.test_carrying import started

HERE = "python:3.11"
KFP = Group((f"kfp=={kfp.__version__}", 'typing-extensions>=3.7.4,<5; python_version<"3.9"'), alone=True)


def _container(**options: Any) -> ir.Container:
    """The container of a component that KFP makes with these options."""

    @dsl.component(base_image=HERE, **options)
    def work(text: str) -> str:
        return text

    body = from_component(work).pipeline.dag.tasks[0].component.body
    assert isinstance(body, ir.Container)
    return body


@pytest.mark.parametrize(
    ("options", "installs"),
    [
        ({}, Installs((KFP,))),
        ({"install_kfp_package": False}, Installs(())),
        ({"packages_to_install": ["a==1", "b[c]>=2; python_version>'3'"]},
         Installs((Group(("a==1", "b[c]>=2; python_version>'3'"), alone=False), KFP))),
        ({"packages_to_install": ["kfp==2.0"]}, Installs((Group(("kfp==2.0",), alone=False),))),
        ({"pip_index_urls": ["https://one/simple", "https://two/simple"], "pip_trusted_hosts": ["one"]},
         Installs((KFP,), ("--index-url", "https://one/simple", "--extra-index-url", "https://two/simple",
                           "--allow-insecure-host", "one"))),
        ({"pip_index_urls": ["https://me:p@ss@one:8443/simple"], "install_kfp_package": False,
          "packages_to_install": ["a"]},
         Installs((Group(("a",), alone=False),), ("--index-url", "https://me:p@ss@one:8443/simple",
                                                  "--allow-insecure-host", "one:8443"))),
        ({"use_venv": True}, Installs((KFP,))),
        ({"kfp_package_path": "git+https://host/x@1"}, Installs((Group(("git+https://host/x@1",), alone=False),))),
    ],
    ids=["kfp", "nothing", "packages", "own kfp", "indexes", "index with port and login", "venv", "kfp from elsewhere"],
)  # fmt: skip
def test_what_kfps_command_installs(options: dict[str, Any], installs: Installs) -> None:
    """All options by which KFP's compiler writes that command; what remains is the component's own."""
    container = _container(**options)
    words = [word.render(lambda _: "told") for word in container.command if isinstance(word, Text)]
    assert is_lightweight(container)
    assert installs_of(container) == installs
    assert behind_installer(words)[:2] == ["sh", "-ec"]


def test_what_is_secret_in_addresses() -> None:
    """As written and as meant: passwords, and tokens in the place of users; an address without login has nothing."""
    urls = ["https://me:p%40ss@one:8443/simple", "https://token@two/simple?x=a@b", "https://three/simple",
            "https://me:so#up@five/simple"]  # fmt: skip
    container = _container(pip_index_urls=urls, packages_to_install=["x @ git+https://pat:@host/x@1", "y==1"])
    assert logins_of(container) >= {"me:p%40ss", "me:p@ss", "p%40ss", "p@ss", "so#up", "token", "pat:", "pat"}


def test_other_options_of_pip_are_refused_where_it_does_not_run() -> None:
    """They are named; what is secret beside them is known all the same, for in its image pip takes them."""
    container = _container(packages_to_install=["--pre", "x @ git+https://token@host/x@1"])
    with pytest.raises(ConfigurationError, match=r"pip's option --pre - name packages alone .*--docker"):
        installs_of(container)
    assert logins_of(container) == {"token"}


@pytest.mark.parametrize("words", [["sh", "-c", "pip install six"], ["sh"], ["python", "-c", "pass"], []])
def test_any_other_command_is_left_as_it_is(words: list[str]) -> None:
    """Only what KFP itself has written is known."""
    assert behind_installer(words) == words


def test_metadata_travel_beside_their_artifacts(fixtures: Any) -> None:
    """Through nested pipelines and choices; a container component's artifacts have none."""
    ((template, *_), _) = argo_documents(load(f"{fixtures}/lightweight.py:lightweight"))
    found = {each["name"]: each for each in template["spec"]["templates"]}
    assert _artifacts(found["inner"], "inputs") == {"data", "data--metadata"}
    assert _artifacts(found["choice"], "outputs") == {"Output", "Output--metadata"}
    assert _artifacts(found["exit-handler-1-inner-sign"], "inputs") == {"data", "data--metadata"}
    assert _artifacts(found["write"], "outputs") == {"data"}
    choices = {each["name"]: each for each in found["condition-branches-1"]["outputs"]["artifacts"]}
    metadata = next(each for name, each in choices.items() if name.endswith("--metadata"))
    assert metadata["fromExpression"].count("Output--metadata") == 2
    told = next(task for task in found["exit-handler-1"]["dag"]["tasks"] if task["name"] == "signed")["arguments"]
    assert {each["name"]: each["from"].split(".")[1] for each in told["artifacts"]} == {
        "data": "inner", "data--metadata": "inner"
    }  # fmt: skip


def _artifacts(template: dict[str, Any], side: str) -> set[str]:
    return {each["name"] for each in template[side]["artifacts"]}


@dsl.component(base_image=HERE)
def _make() -> dsl.Dataset:
    return dsl.Dataset(uri=dsl.get_uri())


@dsl.container_component
def _write(data: dsl.Output[dsl.Dataset]):
    return dsl.ContainerSpec(image=HERE, command=["run"], args=[data.path])


@dsl.component(base_image=HERE)
def _look(data: dsl.Input[dsl.Dataset]):
    pass


@dsl.pipeline(name="mixed")
def _mixed(number: int):
    with dsl.If(number > 2):
        one = _make()
    with dsl.Else():
        two = _write()
    _look(data=dsl.OneOf(one.output, two.outputs["data"]))


@dsl.pipeline(name="plain")
def _plain():
    _look(data=_write().outputs["data"]).set_retry(num_retries=2)


def test_a_choice_with_metadata_on_one_side_only() -> None:
    """It is refused: the one who asks would be told of metadata by chance."""
    with pytest.raises(UnsupportedError, match=r"dsl.OneOf of artifacts with and without metadata"):
        argo_documents(from_component(_mixed))


def test_a_component_is_tried_again_after_every_failure() -> None:
    """As any program that does not speak by exit codes; files of others come without metadata."""
    ((document, *_), _) = argo_documents(from_component(_plain))
    template = next(each for each in document["spec"]["templates"] if each["name"] == "look")
    assert template["retryStrategy"] == {"limit": 2, "retryPolicy": "Always"}
    assert _artifacts(template, "inputs") == {"data"}


def test_the_program_in_the_pod_says_nothing_to_its_readers(fixtures: Any) -> None:
    """It stands in every such template, without comments, and asks for no module but Python's own."""
    ((document, *_), _) = argo_documents(load(f"{fixtures}/lightweight.py:light"))
    container = next(each for each in document["spec"]["templates"] if each["name"] == "look")["container"]
    *command, program = container["command"]
    assert command == ["python3", "-I", "-c"]
    assert "launcher_v2" not in program
    imports = {line.split()[1] for line in program.splitlines() if line.startswith(("import ", "from "))}
    assert imports == {
        "__future__",
        "decimal",
        "json",
        "os",
        "pathlib",
        "re",
        "shutil",
        "signal",
        "subprocess",
        "sys",
        "typing",
    }
    whole = ast.parse(Path(executor.__file__).read_text())
    for node in ast.walk(whole):
        if isinstance(body := getattr(node, "body", None), list):
            body[:] = [
                each for each in body if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
            ]
    assert ast.unparse(ast.parse(started(program))) == ast.unparse(whole)
    known = json.loads(container["args"][1])
    given = {name: kind for name, kind in known["values"].items() if not name.endswith(URI)}
    assert (given, known["doubtful"]) == ({"letters": "NUMBER_INTEGER", "text": "STRING"}, [])
    assert "absent" not in known["inputs"]
