"""What the environment must hold."""

from pathlib import Path

import pytest
import yaml

from components.connect.endpoints import catalog_uri, database_url, object_store
from components.shell.errors import ConfigurationError

EXAMPLE = Path(__file__).parents[3] / "manifests/overlays/production/secrets.example.yaml"


def _example() -> dict[str, str]:
    secrets = yaml.safe_load_all(EXAMPLE.read_text())
    return {name: value for secret in secrets for name, value in secret["stringData"].items()}


def test_the_example_secrets_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """No step starts with the values that the example has in place of secrets."""
    for name, value in _example().items():
        monkeypatch.setenv(name, value)
    for read in (database_url, catalog_uri, object_store):
        with pytest.raises(ConfigurationError, match="still says replace-me - put your own value"):
            read()


def test_every_secret_of_the_example_is_one_to_replace() -> None:
    """Nothing that could be taken for a real credential stands in it."""
    for name, value in _example().items():
        public = name.endswith(("ENDPOINT", "WAREHOUSE", "REPORTS_URL"))
        assert ("replace-me" in value) is not public, name
