"""A real Apache Kafka broker (KRaft, one node) for the tests, from Maven Central, on the machine's Java."""

import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from tests.harness.ports import free_port

_POM = Path(__file__).with_name("pom.xml")
_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    # Tests write records of long ago, which must not go away by themselves.
    "log.retention.ms": "-1",
    "log.retention.check.interval.ms": "1000",
    "log.segment.delete.delay.ms": "100",
    # Only of topics that say so, and then soon.
    "log.cleaner.backoff.ms": "200",
    "log.cleaner.dedupe.buffer.size": "4194304",
    "auto.create.topics.enable": "false",
    "message.max.bytes": "20000000",
    "replica.fetch.max.bytes": "20000000",
    "controlled.shutdown.enable": "false",
    "broker.session.timeout.ms": "1500",
    "broker.heartbeat.interval.ms": "300",
}


def missing() -> str:
    """What this machine lacks to run a broker, in words; empty when nothing is missing."""
    lacking = [tool for tool in ("java", "mvn") if not shutil.which(tool)]
    return f"no {' and no '.join(lacking)} on this machine: Kafka cannot be started" if lacking else ""


def jars() -> Path:
    """The folder with Kafka's jars, fetched once into the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"), "stockpot", "kafka-4.1.0")
    if not (cache / ".complete").exists():
        command = ["mvn", "-q", "-B", "-f", str(_POM), "dependency:copy-dependencies", f"-DoutputDirectory={cache}"]
        subprocess.run(command, check=True, timeout=600)
        (cache / ".complete").touch()
    return cache


@dataclass
class Broker:
    """One broker whose data outlives its process, so that it can be stopped, killed and started again."""

    directory: Path
    port: int = field(default_factory=free_port)
    controller_port: int = field(default_factory=free_port)
    overrides: dict[str, str] = field(default_factory=dict)
    _process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        """The bootstrap address."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the broker and wait until it answers."""
        properties = self.directory / "server.properties"
        if not properties.exists():
            self._format(properties)
        with (self.directory / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._java("kafka.Kafka", str(properties)), stdout=log, stderr=log, cwd=self.directory
            )
        self._wait()

    def stop(self) -> None:
        """Stop the broker in order."""
        self._end(kill=False)

    def kill(self) -> None:
        """End the broker as a crash would."""
        self._end(kill=True)

    def produce(self, topic: str, values: Sequence[bytes], codec: str) -> None:
        """Append values without line breaks with Kafka's own producer, packed with `codec`."""
        where = ("--bootstrap-server", self.address, "--topic", topic, "--compression-codec", codec)
        command = self._java("org.apache.kafka.tools.ConsoleProducer", *where)
        subprocess.run(command, input=b"\n".join(values) + b"\n", check=True, capture_output=True, timeout=120)

    def _end(self, *, kill: bool) -> None:
        if self._process is None:
            return
        self._process.kill() if kill else self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._process = None

    def _format(self, properties: Path) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        settings = {
            **_SETTINGS,
            "controller.quorum.voters": f"1@127.0.0.1:{self.controller_port}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "log.dirs": str(self.directory / "data"),
            **self.overrides,
        }
        properties.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        command = self._java("kafka.tools.StorageTool", "format", "-t", str(uuid.uuid4()), "-c", str(properties))
        subprocess.run(command, check=True, capture_output=True, timeout=120)

    def _java(self, main: str, *arguments: str) -> list[str]:
        options = ["-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"]
        return ["java", *options, "-cp", f"{jars()}/*", main, *arguments]

    def _wait(self) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise RuntimeError((self.directory / "broker.log").read_text()[-2000:])
            try:
                KafkaAdminClient(bootstrap_servers=self.address, bootstrap_timeout_ms=1000).close()
            except (KafkaError, OSError):
                time.sleep(0.2)
                continue
            return
        raise TimeoutError((self.directory / "broker.log").read_text()[-2000:])
