"""Runs and schedules on Kubeflow Pipelines: what the API is asked, what is left there, and what its refusals mean."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest
import typer

from components.shell.errors import ConfigurationError, StepError, TransientError
from stockpot.commands import kubeflow
from stockpot.commands.kubeflow import schedule
from stockpot.commands.options import Form
from stockpot.commands.submitting import submit
from stockpot.compiler.definitions import Plan, load
from stockpot.kubeflow.schedules import scheduled
from stockpot.kubeflow.server import Server
from stockpot.kubeflow.target import Target
from tests.policy.tree import parsed
from tests.stockpot.kubeflow.api import Api, RefusalError

NAME = "verify-pipeline"
CRON = "0 0 3 * * *"
KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: a
clusters: [{name: a, cluster: {server: "http://kfp.invalid:8888"}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
users: [{name: a, user: {token: sesame}}]
"""


@pytest.fixture(scope="module")
def plan() -> Plan:
    """A short pipeline."""
    return load(NAME)


def only(kind: dict[str, Any]) -> Any:
    """The one thing that there is of a kind."""
    (found,) = kind.values()
    return found


def test_a_pipeline_is_uploaded_once_and_runs_as_often_as_it_is_submitted(api: Api, capsys: Any) -> None:
    """The text that runs is the one that is compiled, under an account that may do less than KFP's own."""
    for _ in range(2):
        submit(NAME, on=kubeflow.Where.KFP, output=Form.JSON)
    told = [json.loads(text + "}") for text in capsys.readouterr().out.split("}\n") if text]
    assert [each["run"] for each in told] == list(api.runs)
    assert told[0]["link"] == f"{api.url}/#/runs/details/{told[0]['run']}"
    assert only(api.pipelines)["display_name"] == NAME
    assert only(api.experiments)["display_name"] == "stockpot"
    run = api.runs[told[0]["run"]]
    version = api.versions[run["pipeline_version_reference"]["pipeline_version_id"]]
    assert version["pipeline_spec"] == parsed(Path(f"manifests/kfp/{NAME}.yaml").read_text())
    assert (run["service_account"], run["runtime_config"]["parameters"]) == ("stockpot-kfp", {})
    assert len(api.versions) == 2, "the one that comes with the pipeline, and ours, which tells its text"


def test_pages_lie_where_the_ui_is(api: Api, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """Which may be elsewhere than the API, under the name by which the SDK knows it too."""
    monkeypatch.setenv("KF_PIPELINES_UI_ENDPOINT", "https://kfp.example.org/")
    submit(NAME, on=kubeflow.Where.KFP, output=Form.JSON)
    told = json.loads(capsys.readouterr().out)
    assert told["link"] == f"https://kfp.example.org/#/runs/details/{only(api.runs)['run_id']}"


def test_parameters_arrive_in_their_types(api: Api) -> None:
    """Numbers as numbers; what is not given is left to the pipeline."""
    given = ["lookback_hours=48", "views_from=events"]
    submit("moderation-training", on=kubeflow.Where.KFP, as_of="2026-01-15T00:00:00Z", param=given, account="")
    run = only(api.runs)
    wanted = {"lookback_hours": 48, "views_from": "events", "as_of": "2026-01-15T00:00:00Z"}
    assert run["runtime_config"]["parameters"] == wanted
    assert run["display_name"] == "moderation-training 2026-01-15T00:00:00Z"
    assert not run.get("service_account"), "KFP's own account, as it was asked for"


def test_the_rounds_of_a_loop_are_told_once_each(api: Api, capsys: Any) -> None:
    """They share a name, and one says nothing of another; a name is among the failed ones once."""

    def details(*states: str) -> Any:
        return {"task_details": [{"task_id": str(n), "display_name": "make", "state": s} for n, s in enumerate(states)]}

    rounds = [("RUNNING", "SUCCEEDED")] * 3 + [("FAILED", "FAILED")]
    api.course = [{"state": "RUNNING", "run_details": details(*states)} for states in rounds]
    api.course.append({"state": "FAILED", "run_details": details("FAILED", "FAILED")})
    with pytest.raises(typer.Exit):
        submit(NAME, on=kubeflow.Where.KFP, watch=True)
    told = capsys.readouterr()
    lines = [line.strip() for line in told.out.splitlines() if "make: " in line]
    assert lines == ["make: running", "make: succeeded", "make: failed", "make: failed"]
    assert told.err.splitlines()[-1].startswith("error: the run failed in make - ")


@pytest.mark.parametrize(
    ("state", "tasks", "error"),
    [
        ("SUCCEEDED", {"verify-table": "SUCCEEDED"}, ""),
        ("FAILED", {"verify-table": "FAILED"}, "the run failed in verify-table"),
        ("CANCELED", {"verify-table": "RUNNING"}, "the run was stopped"),
    ],
)
def test_a_watched_run_is_followed_to_its_end(
    api: Api, capsys: Any, state: str, tasks: dict[str, str], error: str
) -> None:
    """Through a server that is away for a while; drivers and graphs are no steps."""

    def details(states: dict[str, str]) -> Any:
        graph = {"display_name": "root", "state": "RUNNING", "child_tasks": [{"pod_name": "p"}]}
        drivers = [{"display_name": f"{name}-driver", "state": "SUCCEEDED"} for name in states]
        steps = [{"display_name": name, "state": each} for name, each in states.items()]
        return {"task_details": [graph, *drivers, *steps]}

    api.course = [
        {"state": "RUNNING", "run_details": details({"verify-table": "RUNNING"})},
        {"state": state, "run_details": details(tasks)},
    ]
    away = iter([503, 0, 0])

    def refuse(method: str, path: str) -> None:
        if path.startswith("/runs/") and (status := next(away, 0)):
            raise RefusalError(status, "upstream")

    api.before = refuse
    if error:
        with pytest.raises(typer.Exit) as caught:
            submit(NAME, on=kubeflow.Where.KFP, watch=True)
        assert caught.value.exit_code == 1
    else:
        submit(NAME, on=kubeflow.Where.KFP, watch=True)
    told = capsys.readouterr()
    assert error in told.err
    assert "verify-table: running" in told.out
    assert "driver" not in told.out
    assert ("succeeded" in told.out.splitlines()[-1]) == (not error)


def test_a_schedule_is_one_recurring_run_however_often_it_is_asked_for(api: Api, capsys: Any) -> None:
    """Six fields, which begin with the seconds; one run at a time; missed ticks are not made up for one by one."""
    for _ in range(2):
        schedule("moderation-training")
    found = only(api.recurring)
    assert (found["display_name"], found["trigger"]["cron_schedule"]["cron"]) == ("moderation-training", CRON)
    assert (found["mode"], found["max_concurrency"], found["no_catchup"]) == ("ENABLE", "1", True)
    assert found["service_account"] == "stockpot-kfp"
    assert "as_of" not in found["runtime_config"].get("parameters", {}), "the tick is the pipeline's own affair"
    told = capsys.readouterr().out
    assert ("(new)" in told, told.count("(as before)")) == (True, 1)
    assert f"runs at '{CRON.removeprefix('0 ')}'" in told, "five fields, as they are given"


def test_what_others_call_by_that_name_is_left_alone(api: Api) -> None:
    """A recurring run of another pipeline may have the name; nobody asked for its end."""
    schedule("verify-pipeline", cron="0 3 * * *")
    (theirs,) = api.recurring.values()
    theirs["display_name"] = "moderation-training"
    schedule("moderation-training")
    assert len(api.recurring) == len(
        {each["pipeline_version_reference"]["pipeline_id"] for each in api.recurring.values()}
    )
    assert theirs in api.recurring.values()


@pytest.mark.parametrize(
    "change",
    [
        {"cron": "30 4 * * *"},
        {"param": ["table=moderation.training_data"]},
        {"account": ""},
        {"experiment": "another"},
        {"paused": True},
    ],
)
def test_a_schedule_that_changed_takes_the_place_of_the_old_one(api: Api, change: dict[str, Any]) -> None:
    """No two of a name are ever enabled at once, and the one that is left is the one that was asked for."""
    enabled: list[int] = []
    api.before = lambda *_: enabled.append(sum(each["mode"] == "ENABLE" for each in api.recurring.values()))
    plain = {"cron": "0 3 * * *"}
    schedule(NAME, **plain)
    before = only(api.recurring)["recurring_run_id"]
    schedule(NAME, **plain | change)
    found = only(api.recurring)
    assert (found["recurring_run_id"] == before) == ("paused" in change)
    assert max(enabled) == 1
    assert found["mode"] == ("DISABLE" if "paused" in change else "ENABLE")
    schedule(NAME, **plain)
    assert only(api.recurring)["mode"] == "ENABLE"


def made(api: Api, plan: Plan) -> Any:
    """What the schedule of a plan leaves."""
    scheduled(Server(Target(), {"KF_PIPELINES_ENDPOINT": api.url}), plan, {}, cron=CRON)
    return only(api.recurring)


@pytest.mark.parametrize("killed", range(1, 12))
def test_a_schedule_that_was_interrupted_is_finished_by_the_next_call(api: Api, plan: Plan, killed: int) -> None:
    """Killed ahead of any request, with doubles left by hand: afterwards there is one, as it was asked for."""
    made(api, plan)
    old = only(api.recurring)
    old["trigger"]["cron_schedule"]["cron"] = "0 0 4 * * *"
    api.recurring["by-hand"] = {**old, "recurring_run_id": "by-hand"}
    count = iter(range(1, 1000))

    def kill(*_: str) -> None:
        if next(count) == killed:
            raise RefusalError(400, "killed here")

    api.before = kill
    with pytest.raises(ConfigurationError, match="killed here"):
        made(api, plan)
    api.before = lambda *_: None
    found = made(api, plan)
    assert (found["mode"], found["trigger"]["cron_schedule"]["cron"]) == ("ENABLE", CRON)


def test_two_schedules_at_once_leave_one(api: Api, plan: Plan) -> None:
    """Another command makes, and enables, its own just before this one makes its: both keep the same."""
    made(api, plan)
    only(api.recurring)["trigger"]["cron_schedule"]["cron"] = "0 0 4 * * *"

    def meanwhile(method: str, path: str) -> None:
        if (method, path) == ("POST", "/recurringruns"):
            api.before = lambda *_: None
            body = {**only(api.recurring), "mode": "ENABLE", "trigger": {"cron_schedule": {"cron": CRON}}}
            api.new(api.recurring, "recurring_run_id", body)

    api.before = meanwhile
    assert made(api, plan)["mode"] == "ENABLE"


def test_two_different_schedules_at_once_leave_one_and_say_so(api: Api, plan: Plan) -> None:
    """Another command puts its own in place of what this one has just made."""

    def meanwhile(method: str, path: str) -> None:
        if method == "GET" and path == "/recurringruns" and api.recurring:
            api.before = lambda *_: None
            body = {**only(api.recurring), "mode": "ENABLE", "trigger": {"cron_schedule": {"cron": "0 0 4 * * *"}}}
            api.recurring.clear()
            api.new(api.recurring, "recurring_run_id", body)

    api.before = meanwhile
    with pytest.raises(TransientError, match="scheduled verify-pipeline otherwise in the meantime"):
        made(api, plan)
    assert only(api.recurring)["mode"] == "ENABLE"


def test_a_schedule_that_is_given_back_in_other_words_is_still_the_only_one(api: Api, plan: Plan) -> None:
    """A version of the API that changes what it keeps costs a new one each time, and never a second."""

    def rewrite(*_: str) -> None:
        for each in api.recurring.values():
            each["trigger"] = {"cron_schedule": {"cron": f"CRON_TZ=UTC {CRON}"}}

    api.before = rewrite
    first = made(api, plan)["recurring_run_id"]
    again = made(api, plan)
    assert (again["mode"], again["recurring_run_id"] != first) == ("ENABLE", True)


def test_what_another_made_in_the_meantime_is_taken(api: Api, plan: Plan) -> None:
    """Pipeline and version of the same name, uploaded by a command that was a little faster."""
    raced = set()

    def meanwhile(method: str, path: str) -> None:
        if method == "POST" and path not in raced:
            raced.add(path)
            if path == "/pipelines/upload":
                api.new(api.pipelines, "pipeline_id", {"display_name": NAME})
            if path == "/experiments":
                api.new(api.experiments, "experiment_id", {"display_name": "stockpot"})

    api.before = meanwhile
    made(api, plan)
    assert len(api.pipelines) == len(api.experiments) == 1
    assert {"/pipelines/upload", "/experiments"} <= raced


def test_runs_of_several_users_live_in_their_namespace(api: Api) -> None:
    """Every request that needs it names the profile."""
    api.multi_user = True
    submit(NAME, on=kubeflow.Where.KFP, namespace="alice")
    assert only(api.experiments)["namespace"] == "alice"
    assert len(api.runs) == 1


def test_the_token_is_read_from_its_file(api: Api, tmp_path: Path) -> None:
    """And is in no message, where it is the wrong one."""
    api.token = "sesame"
    token = tmp_path / "token"
    token.write_text("sesame")
    submit(NAME, on=kubeflow.Where.KFP, token_file=token)
    token.write_text("thistle")
    with pytest.raises(ConfigurationError, match="does not know you - give a token with --token-file") as caught:
        submit(NAME, on=kubeflow.Where.KFP, token_file=token)
    assert "thistle" not in str(caught.value)
    with pytest.raises(ConfigurationError, match=r"there is no file .*nowhere"):
        submit(NAME, on=kubeflow.Where.KFP, token_file=tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        ((400, "the pipeline is too large"), ConfigurationError, "the pipeline is too large"),
        ((403, "not yours"), ConfigurationError, "ask for rights"),
        ((404, ""), ConfigurationError, "there is no Kubeflow Pipelines API at http"),
        ((429, "slowly"), TransientError, "try again"),
        ((500, "database is locked"), TransientError, "database is locked"),
        ((503, ""), TransientError, "try again"),
    ],
)
def test_each_refusal_is_one_line(api: Api, plan: Plan, answer: tuple[int, str], kind: type, told: str) -> None:
    """With what to do, at the first request as at a later one, and at once."""
    for path in ("/healthz", "/pipelines"):

        def refuse(_: str, asked: str, path: str = path) -> None:
            if asked == path:
                raise RefusalError(*answer)

        api.before = refuse
        with pytest.raises(StepError) as caught:
            made(api, plan)
        assert isinstance(caught.value, kind)
        assert told in str(caught.value)
        assert "\n" not in str(caught.value)


def test_nothing_that_answers_may_come_back(plan: Plan) -> None:
    """Nothing listens: try again, and the address is named."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        target = Target(endpoint=f"http://127.0.0.1:{probe.getsockname()[1]}")
        with pytest.raises(TransientError, match=r"127\.0\.0\.1:\d+ does not answer"):
            Server(target, {})


def test_what_listens_and_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the first request on, which the SDK makes while its client is made."""
    monkeypatch.setattr("stockpot.kubeflow.server._TIMEOUT", 1)  # the SDK takes whole seconds alone
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = Target(endpoint=f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(TransientError, match="does not answer"):
            Server(target, {})


def test_an_api_that_nothing_names_is_asked_for(monkeypatch: pytest.MonkeyPatch, plan: Plan, tmp_path: Path) -> None:
    """Neither an endpoint nor a configuration of kubectl: one line, and what to set."""
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(tmp_path / "nowhere"))
    with pytest.raises(ConfigurationError, match="set KF_PIPELINES_ENDPOINT"):
        Server(Target(), {})


def test_no_token_goes_to_another_machine_in_the_clear(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is sent there, whoever names it: an option, a setting, or a configuration of kubectl."""
    config = tmp_path / "config"
    config.write_text(KUBECONFIG)
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(config))
    address = "http://kfp.invalid:8888"
    for target, named in ((Target(address), {}), (Target(), {"KF_PIPELINES_ENDPOINT": address}), (Target(), {})):
        with pytest.raises(ConfigurationError, match=r"KF_PIPELINES_ENDPOINT leads to kfp\.invalid in the clear"):
            Server(target, named)
    monkeypatch.setenv("STOCKPOT_PLAINTEXT_HOSTS", "kfp.invalid")
    with pytest.raises(TransientError, match="does not answer"):
        Server(Target(address), {})


def test_what_speaks_no_tls_is_explained(api: Api) -> None:
    """The endpoint without a scheme means TLS, as the SDK takes it."""
    with pytest.raises(ConfigurationError, match="write http:// in the endpoint"):
        Server(Target(endpoint=api.url.replace("http://", "https://")), {})


def test_nothing_is_sent_that_could_not_run(api: Api) -> None:
    """Parameters, instants and schedules are checked before anything is asked; what means nothing is refused."""
    refused = [
        (lambda: submit(NAME, on=kubeflow.Where.KFP, param=["tabel=a"]), "has no parameter 'tabel'"),
        (lambda: submit("moderation-training", on=kubeflow.Where.KFP, as_of="2999-01-01T00:00:00Z"), "future"),
        (lambda: schedule("moderation-training", param=["as_of=2026-01-15T00:00:00Z"]), "the same as_of"),
        (lambda: schedule(NAME), "has no schedule"),
        (lambda: schedule(NAME, cron="0 0 3 * * *"), "has not five fields"),
        (lambda: schedule("moderation-training", on=kubeflow.Where.ARGO), "comes with the pipeline"),
        (lambda: submit(NAME, endpoint="http://localhost"), "--endpoint is for Kubeflow Pipelines"),
    ]
    for call, told in refused:
        with pytest.raises(ConfigurationError, match=told):
            call()
    assert api.seen == []
