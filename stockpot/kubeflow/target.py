"""Where runs on Kubeflow Pipelines go."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ENDPOINT = "KF_PIPELINES_ENDPOINT"
ACCOUNT = "stockpot-kfp"
EXPERIMENT = "stockpot"


@dataclass(frozen=True)
class Target:
    """A Kubeflow Pipelines API, and where runs live there; what is empty is what the SDK finds.

    `endpoint` is the API's address, such as http://localhost:8888. `namespace` is that of a profile; an installation
    for a single user has none. `token_file` holds a bearer token, which is read anew for every request. `account` is
    the service account of the runs' pods; empty for KFP's own.
    """

    endpoint: str = ""
    namespace: str = ""
    token_file: Path | None = None
    experiment: str = EXPERIMENT
    account: str = ACCOUNT


def is_named(environ: Mapping[str, str]) -> bool:
    """Whether the environment names an API."""
    return bool(environ.get(ENDPOINT, "").strip())
