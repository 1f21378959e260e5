"""Connections that copy at the same time."""

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from components.connect import postgres
from components.extract_postgres.copy import Copied, Part
from components.extract_postgres.crew import Crew


def _nothing(*_args: object) -> None:
    """Nothing is said to a connection that is none."""


def test_connections_copy_at_the_same_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two parts and two connections: each part waits until the other is being copied too."""
    both = threading.Barrier(2, timeout=20)
    copying: set[Any] = set()

    def copy(connection: Any, _part: Part, _stop: threading.Event) -> Copied:
        copying.add(connection)
        both.wait()
        return Copied(1, {})

    monkeypatch.setattr(postgres, "connect", lambda _url: "second")
    for name in "prepare", "leave":
        monkeypatch.setattr(postgres, name, _nothing)
    table: Any = SimpleNamespace(name="t")
    parts = [Part(table, None, tmp_path / name, tmp_path / f"{name}-rejected", 1) for name in ("a", "b")]
    first: Any = "first"
    copied = Crew(copy, _nothing, parts).run(first, "", "", others=1)
    assert {path.name: one.rows for path, one in copied.items()} == {"a": 1, "b": 1}
    assert copying == {"first", "second"}
