"""The repository's manifests, compiled pipelines and Dockerfile, and overlays as kustomize puts them together."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.policy import access, dockerfiles, pods, workflows
from tests.policy.subjects import Subject, dockerfile, parts

ROOT = Path(__file__).parents[2]
MANIFESTS = ROOT / "manifests"
EXAMPLE = MANIFESTS / "overlays/production/secrets.example.yaml"
DOCKERFILE = "images/Dockerfile"
RULES: dict[str, tuple[Any, ...]] = {**pods.RULES, **workflows.RULES, **access.RULES, **dockerfiles.RULES}


@dataclass(frozen=True)
class Tree:
    """What the rules are applied to: Kubernetes objects, KFP's files by name, and Dockerfiles by path."""

    objects: list[Any]
    kfp: dict[str, list[Any]]
    dockerfiles: dict[str, str]

    def subjects(self) -> Iterator[Subject]:
        """All that rules are about."""
        yield from parts("manifests", self.objects)
        for name, documents in self.kfp.items():
            yield from parts(name, documents)
        for path, text in self.dockerfiles.items():
            yield dockerfile(path, text)


def refusals(tree: Tree) -> list[tuple[str, str]]:
    """The rules that are broken, and where."""
    return [
        (rule.__name__, subject.where)
        for subject in tree.subjects()
        for rule in RULES.get(subject.kind, ())
        if not rule(subject.body)
    ]


def read(path: Path) -> list[Any]:
    """The documents of a YAML file."""
    return [document for document in parsed(path.read_text()) if document]


def parsed(text: str) -> list[Any]:
    """The documents of a YAML text."""
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader))


def repository() -> Tree:
    """What lies in the repository, file by file."""
    files = [path for path in sorted(MANIFESTS.rglob("*.yaml")) if path.name != "kustomization.yaml"]
    objects = [document for path in files if path.parent.name not in {"kfp", "submit"} for document in read(path)]
    return Tree(
        [each for each in objects if "kind" in each and not _is_patch(each)],
        {path.name: read(path) for path in files if path.parent.name == "kfp"},
        {DOCKERFILE: (ROOT / DOCKERFILE).read_text()},
    )


def _is_patch(document: Any) -> bool:
    """Whether it is a part of Argo's own Deployment, of which we have no more."""
    return bool(document["metadata"]["name"] == "workflow-controller")


def rendered(overlay: str) -> Tree:
    """An overlay as kustomize puts it together; secrets that it leaves to the reader are those of the example."""
    command = ["kustomize", "build"] if shutil.which("kustomize") else ["kubectl", "kustomize"]
    done = subprocess.run([*command, str(MANIFESTS / "overlays" / overlay)], capture_output=True, text=True, check=True)
    return Tree(parsed(done.stdout) + (read(EXAMPLE) if overlay == "production" else []), {}, {})
