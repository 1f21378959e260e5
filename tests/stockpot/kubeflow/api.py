"""A small server that speaks the REST API v2beta1 of Kubeflow Pipelines, as far as runs and schedules need it.

It follows `backend/api/v2beta1/*.proto` and `backend/src/apiserver`: ids are made by the server, names of pipelines,
versions and experiments are unique, filters are JSON, lists have pages, a refusal is `{code, message}`, and there is no
way to change a recurring run.
"""

import itertools
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

Json = Any
BASE = "/apis/v2beta1"


class RefusalError(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, message: str = "") -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass
class Api:
    """What the server keeps, and how it behaves: the `course` of a run, and what happens `before` each answer."""

    pipelines: dict[str, Json] = field(default_factory=dict)
    versions: dict[str, Json] = field(default_factory=dict)
    experiments: dict[str, Json] = field(default_factory=dict)
    runs: dict[str, Json] = field(default_factory=dict)
    recurring: dict[str, Json] = field(default_factory=dict)
    course: list[Json] = field(default_factory=list)
    multi_user: bool = False
    version: str = "2.17.0"
    token: str = ""
    page: int = 1
    seen: list[tuple[str, str]] = field(default_factory=list)
    before: Callable[[str, str], None] = lambda method, path: None
    url: str = ""
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes, kind: str) -> Json:
        """The answer to a request."""
        if path == "/healthz":
            return {"commit_sha": "unknown", "tag_name": self.version, "multi_user": self.multi_user}
        for (wanted, pattern), handler in ROUTES.items():
            match = re.fullmatch(pattern, path)
            if wanted == method and match:
                return handler(self, query, _read(body, kind), *match.groups())
        raise RefusalError(404)

    def new(self, kind: dict[str, Json], key: str, body: Json, *unique: str) -> Json:
        """A thing more, refused where one of that name is there."""
        if any(all(each.get(name) == body.get(name) for name in unique) for each in kind.values()) and unique:
            raise RefusalError(409, f"Already exist error: {body['display_name']}")
        number = next(self.numbers)
        made = {**body, key: f"{key}-{number}", "created_at": "2026-01-15T03:00:00Z"}
        kind[made[key]] = made
        return made

    def listed(self, kind: dict[str, Json], name: str, query: dict[str, str]) -> Json:
        """A page of things that a filter lets through."""
        self.owned(query.get("namespace", ""))
        wanted = json.loads(query.get("filter") or "{}").get("predicates", [])
        found = [each for each in kind.values() if all(_holds(each, one) for one in wanted)]
        begin = int(query.get("page_token") or 0)
        more = {"next_page_token": str(begin + self.page)} if begin + self.page < len(found) else {}
        return {name: found[begin : begin + self.page], "total_size": len(found), **more}

    def let_in(self, authorization: str) -> None:
        """Refuse whoever has not the token, where there is one."""
        if self.token and authorization != f"Bearer {self.token}":
            raise RefusalError(401, "Unauthenticated")

    def owned(self, namespace: str) -> None:
        """Refuse a namespace where there are no users, and none where there are."""
        if self.multi_user != bool(namespace):
            raise RefusalError(
                400, "Invalid input error: In multi-user mode a namespace is needed, else there is none."
            )


def _holds(each: Json, predicate: Json) -> bool:
    assert predicate["operation"] in {"EQUALS", 1}
    return bool(each.get(predicate["key"]) == predicate.get("stringValue", predicate.get("string_value")))


def _read(body: bytes, kind: str) -> Json:
    if kind.startswith("multipart/"):
        message = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
        (part,) = message.get_payload()
        documents = list(yaml.safe_load_all(part.get_payload(decode=True)))
        assert part.get_filename().endswith(".yaml")
        assert "root" in documents[0]
        return documents
    return json.loads(body) if body else {}


def _upload(api: Api, query: dict[str, str], documents: Json) -> Json:
    api.owned(query.get("namespace", ""))
    body = {"display_name": query["name"], "description": query.get("description", "")}
    made = api.new(api.pipelines, "pipeline_id", body, "display_name")
    api.new(
        api.versions,
        "pipeline_version_id",
        {"display_name": query["name"], "pipeline_id": made["pipeline_id"], "pipeline_spec": documents},
    )
    return made


def _upload_version(api: Api, query: dict[str, str], documents: Json) -> Json:
    body = {"display_name": query["name"], "pipeline_id": query["pipelineid"], "pipeline_spec": documents}
    return api.new(api.versions, "pipeline_version_id", body, "display_name", "pipeline_id")


def _versions(api: Api, query: dict[str, str], _: Json, pipeline: str) -> Json:
    kept = {key: each for key, each in api.versions.items() if each["pipeline_id"] == pipeline}
    return {**api.listed(kept, "pipeline_versions", {**query, "namespace": "x" if api.multi_user else ""})}


def _experiment(api: Api, _: dict[str, str], body: Json) -> Json:
    api.owned(body.get("namespace") or "")
    return api.new(api.experiments, "experiment_id", body, "display_name")


def _checked(api: Api, body: Json) -> None:
    reference = body["pipeline_version_reference"]
    version = api.versions.get(reference["pipeline_version_id"])
    if version is None or version["pipeline_id"] != reference["pipeline_id"]:
        raise RefusalError(404, "PipelineVersion not found")
    if body["experiment_id"] not in api.experiments:
        raise RefusalError(404, "Experiment not found")
    declared = version["pipeline_spec"][0]["root"].get("inputDefinitions", {}).get("parameters", {})
    strange = set(body["runtime_config"].get("parameters", {})) - set(declared)
    if strange:
        raise RefusalError(400, f"Invalid input error: unknown parameters {sorted(strange)}")


def _run(api: Api, _: dict[str, str], body: Json) -> Json:
    _checked(api, body)
    return api.new(api.runs, "run_id", {**body, "state": "PENDING"})


def _get_run(api: Api, _: dict[str, str], __: Json, run: str) -> Json:
    """The run as it stands, which is one state further at every look."""
    if run not in api.runs:
        raise RefusalError(404, f"run {run} not found")
    found = api.runs[run]
    if api.course:
        found.update(api.course.pop(0))
    return found


def _retry(api: Api, _: dict[str, str], __: Json, run: str) -> Json:
    """Go on with a run that failed or was stopped; the stopped one's workflow has failed too."""
    if run not in api.runs:
        raise RefusalError(404, f"ResourceNotFoundError: Run {run} not found.")
    if api.runs[run]["state"] not in {"FAILED", "CANCELED"}:
        raise RefusalError(400, "BadRequestError: Workflow must be Failed/Error to retry: workflow cannot be retried")
    api.runs[run]["state"] = "RUNNING"
    return {}


def _schedule(api: Api, _: dict[str, str], body: Json) -> Json:
    _checked(api, body)
    cron = body["trigger"]["cron_schedule"]["cron"]
    if len(cron.split()) != 6:
        raise RefusalError(400, f"Invalid input error: the cron expression {cron!r} has not six fields")
    return api.new(api.recurring, "recurring_run_id", {**body, "max_concurrency": str(body["max_concurrency"])})


def _delete(api: Api, _: dict[str, str], __: Json, recurring: str) -> Json:
    if api.recurring.pop(recurring, None) is None:
        raise RefusalError(404, f"ResourceNotFoundError: job {recurring} not found")
    return {}


def _switch(api: Api, _: dict[str, str], __: Json, recurring: str, mode: str) -> Json:
    api.recurring[recurring]["mode"] = mode.upper()
    return {}


ROUTES: dict[tuple[str, str], Callable[..., Json]] = {
    ("POST", "/pipelines/upload"): _upload,
    ("POST", "/pipelines/upload_version"): _upload_version,
    ("GET", "/pipelines"): lambda api, query, _: api.listed(api.pipelines, "pipelines", query),
    ("GET", "/pipelines/([^/]+)/versions"): _versions,
    ("GET", "/experiments"): lambda api, query, _: api.listed(api.experiments, "experiments", query),
    ("POST", "/experiments"): _experiment,
    ("POST", "/runs"): _run,
    ("GET", "/runs/([^/]+)"): _get_run,
    ("POST", "/runs/([^/:]+):retry"): _retry,
    ("GET", "/recurringruns"): lambda api, query, _: api.listed(api.recurring, "recurringRuns", query),
    ("POST", "/recurringruns"): _schedule,
    ("DELETE", "/recurringruns/([^/]+)"): _delete,
    ("POST", "/recurringruns/([^/:]+):(enable|disable)"): _switch,
}


def _handler(api: Api) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            address = urlsplit(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            path = address.path.removeprefix(BASE)
            query = {name: values[0] for name, values in parse_qs(address.query).items()}
            try:
                with lock:
                    api.before(self.command, path)
                    api.let_in(self.headers["Authorization"] or "")
                    api.seen.append((self.command, path))
                    kind = self.headers["Content-Type"] or ""
                    self._say(200, json.dumps(api.answer(self.command, path, query, body, kind)))
            except RefusalError as refusal:
                said = json.dumps({"code": 5, "message": refusal.message}) if refusal.message else "404 page not found"
                self._say(refusal.status, said)

        def _say(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_DELETE = _serve  # noqa: N815 - the names that the server looks for

        def log_message(self, *words: object) -> None:
            pass

    return Handler


def served() -> Iterator[Api]:
    """The API on a port of its own, until the generator is closed."""
    api = Api()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api))
    api.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield api
    server.shutdown()
    server.server_close()
