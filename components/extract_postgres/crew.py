"""Connections that copy parts at the same time, as many as there are to be had."""

import contextlib
import logging
import os
import queue
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2

from components.connect import postgres
from components.extract_postgres.copy import Copied, Part, StoppedError
from components.shell.counts import counted
from components.shell.errors import StepError
from components.shell.progress import report

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

log = logging.getLogger(__name__)

Copy = Callable[["Connection", Part, threading.Event], Copied]
Ready = Callable[["Connection"], None]


class Crew:
    """Copies parts, the largest first, each connection taking the next as soon as it is free.

    A pooler may keep a connection waiting, or the server refuse one more, or what makes one `ready` may fail. The first
    connection waits for nobody: what the others do not copy, it copies.
    """

    def __init__(self, copy: Copy, ready: Ready, parts: Sequence[Part]) -> None:
        self._copy, self._ready = copy, ready
        self._parts: queue.SimpleQueue[Part] = queue.SimpleQueue()
        for part in sorted(parts, key=lambda part: -part.blocks):
            self._parts.put(part)
        self._total = len(parts)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._working: list[Connection] = []
        self._joining: list[Connection] = []
        self._copied: dict[Path, Copied] = {}

    def run(self, first: "Connection", url: str, snapshot: str, others: int) -> dict[Path, Copied]:
        """What was copied to each part's path, by `first` and up to so many `others` that see the same snapshot.

        Raises:
            StepError: a part cannot be copied.
        """
        self._working.append(first)
        pool = ThreadPoolExecutor(1 + others, thread_name_prefix="copy")
        try:
            running = [pool.submit(self._work, first)]
            running += [pool.submit(self._join, url, snapshot) for _ in range(others)]
            finished, _ = wait(running, return_when=FIRST_EXCEPTION)
            for future in finished:
                future.result()
        except BaseException:
            self._give_up()
            raise
        finally:
            pool.shutdown(wait=True)
        return self._copied

    def _join(self, url: str, snapshot: str) -> None:
        try:
            connection = postgres.connect(url)
        except StepError as error:
            log.warning("one connection less copies: %s", error)
            return
        try:
            if self._joined(connection, snapshot):
                self._work(connection)
        finally:
            postgres.leave(connection)

    def _joined(self, connection: "Connection", snapshot: str) -> bool:
        """Whether the connection has come to see the snapshot while there was still something to copy."""
        with self._lock:
            self._joining.append(connection)
        try:
            if not self._parts.empty():
                with postgres.translated():
                    postgres.prepare(connection, snapshot)
                    self._ready(connection)
        except StepError as error:
            if not self._parts.empty():
                log.warning("one connection less copies: %s", error)
            return False
        finally:
            with self._lock:
                self._joining.remove(connection)
        with self._lock:
            self._working.append(connection)
        return True

    def _work(self, connection: "Connection") -> None:
        while not self._stop.is_set():
            try:
                part = self._parts.get_nowait()
            except queue.Empty:
                self._dismiss()
                return
            try:
                copied = self._copy(connection, part, self._stop)
            except StoppedError:
                return
            log.info("%s/%s: %s", part.table.name, part.path.name, counted(copied.rows, "row"))
            with self._lock:
                self._copied[part.path] = copied
                report(len(self._copied), self._total)

    def _give_up(self) -> None:
        self._stop.set()
        for connection in self._working:
            with contextlib.suppress(psycopg2.Error):
                connection.cancel()
        self._dismiss()

    def _dismiss(self) -> None:
        """Hang up where a connection still waits to begin: there is nothing left to do for it."""
        with self._lock:
            for connection in self._joining:
                with contextlib.suppress(psycopg2.Error, OSError):
                    line = socket.socket(fileno=os.dup(connection.fileno()))
                    line.shutdown(socket.SHUT_RDWR)
                    line.close()
