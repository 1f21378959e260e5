"""Raw tables as `extract_postgres` leaves them, and a store that refuses."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.connect.endpoints import ObjectStore
from components.shell.datasets import MANIFEST, seal
from components.shell.instants import format_instant

Raw = Callable[..., Path]


@pytest.fixture
def raw(tmp_path: Path) -> Raw:
    """A function that writes raw tables: for each name, the rows of each of its parts."""

    def write(
        snapshot: int = 100,
        system: str = "7",
        name: str = "raw",
        timeline: str = "1",
        taken_at: str = "",
        **tables: Sequence[Sequence[int]],
    ) -> Path:
        directory = tmp_path / name
        entries: list[dict[str, Any]] = []
        for table, parts in tables.items():
            (directory / table).mkdir(parents=True, exist_ok=True)
            names = [f"part-{number:05d}.parquet" for number in range(len(parts))]
            for part, rows in zip(names, parts, strict=True):
                pq.write_table(pa.table({"id": pa.array(rows, pa.int64())}), directory / table / part)
            manifest = seal(directory / table, names)
            entries += [{**asdict(file), "name": f"{table}/{file.name}"} for file in manifest.files]
        described = [{"name": table} for table in tables]
        # Transactions come one a second, unless somebody says otherwise.
        at = taken_at or format_instant(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=snapshot))
        source = {"system": system, "snapshot": f"{snapshot}:{snapshot}:", "timeline": timeline, "taken_at": at}
        content = {"files": entries, "tables": described, "source": source}
        (directory / MANIFEST).write_text(json.dumps(content))
        return directory

    return write


@pytest.fixture
def refusing() -> Iterator[Callable[[int], ObjectStore]]:
    """A function that gives a store which answers every request with the same status."""
    servers = []

    def start(status: int) -> ObjectStore:
        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_HEAD = do_PUT = answer  # noqa: N815 - the names that the server calls

            def log_message(self, *_arguments: object) -> None:
                return

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return ObjectStore(f"127.0.0.1:{server.server_port}", False, "key", "hush-hush")

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
