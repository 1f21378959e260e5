"""Arguments in, what lies at the address out."""

from pathlib import Path
from typing import Any

from components.import_artifact.fetch import fetch
from components.import_artifact.report import report_artifact
from components.shell import step


def main(
    *,
    address: str,
    artifact: Path,
    metadata: dict[str, Any] | None = None,
    executor_input: dict[str, Any] | None = None,
) -> None:
    """Copy what lies at an address, and report what is known of it."""
    fetched = fetch(address, artifact)
    report_artifact(executor_input or {}, address, artifact if fetched else None, metadata or {})


if __name__ == "__main__":
    step.run(main)
