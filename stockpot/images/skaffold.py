"""skaffold.yaml: one artifact per step, whose list grows with the folders below images/."""

from pathlib import Path
from typing import Any

from components.images import reference
from components.shell.files import write_atomically
from stockpot.images.sources import Sources
from stockpot.yaml_text import yaml_text

_HEADER = "Written by `make manifests`; change stockpot/images/skaffold.py, not this file."
# A template of skaffold: another Python to build on may be named in the environment.
_BASE = '{{default "python:3.11-slim-bookworm" .BASE_IMAGE}}'


def document(sources: Sources) -> dict[str, Any]:
    """The configuration of skaffold: without a profile it is that of `demo`."""
    return {
        "apiVersion": "skaffold/v4beta13",
        "kind": "Config",
        "metadata": {"name": "stockpot"},
        "build": {
            # The tag follows from what goes into the image, so that an unchanged image is neither built nor pulled.
            "tagPolicy": {"inputDigest": {}},
            "local": {"useBuildkit": True, "concurrency": 2},
            "artifacts": [_artifact(step, sources) for step in sources.steps()],
        },
        "manifests": _overlay("demo"),
        # An apply by the server, which takes templates that are larger than an annotation may be.
        "deploy": {"kubectl": {"flags": {"apply": ["--server-side"]}}},
        "profiles": [
            {"name": "demo", "manifests": _overlay("demo")},
            {
                "name": "production",
                "build": {"local": {"useBuildkit": True, "concurrency": 2, "push": True}},
                "manifests": _overlay("production"),
            },
        ],
    }


def _overlay(name: str) -> dict[str, Any]:
    return {"kustomize": {"paths": [f"manifests/overlays/{name}"]}}


def _artifact(step: str, sources: Sources) -> dict[str, Any]:
    return {
        "image": reference(step).rpartition(":")[0],
        "context": ".",
        "docker": {
            "dockerfile": str(sources.dockerfile.relative_to(sources.root)),
            "buildArgs": {**sources.arguments(step), "BASE_IMAGE": _BASE, "REVISION": _revision(sources.parts(step))},
        },
    }


def _revision(parts: list[str]) -> str:
    """A template for the last commit that changed the image, so that other commits do not change its tag."""
    words = ["git", "log", "-1", "--format=%H", "--", *parts]
    return "{{cmd " + " ".join(f'"{word}"' for word in words) + "}}"


def text(sources: Sources) -> str:
    """The text of skaffold.yaml."""
    return yaml_text([document(sources)], _HEADER)


def main() -> None:
    """Write skaffold.yaml anew."""
    write_atomically(Path("skaffold.yaml"), text(Sources()).encode())


if __name__ == "__main__":
    main()
