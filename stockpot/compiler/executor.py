"""KFP's executor input and output: what a lightweight Python component is told, and what it tells.

On this machine the runner calls these functions. On Argo this very file is the program around the component's command,
in an image of which nothing is known but that it has a Python: it imports the standard library alone and runs on 3.8.

The rules are those of KFP's `backend/src/v2/component/launcher_v2.go`. An artifact's metadata lie in a file beside it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

METADATA = "--metadata"
"""What is added to an artifact's name for the file that holds its metadata."""
KEY = "--key"
"""What is added to an artifact's name for the parameter that tells its key in Argo's store, or those of a list."""
URI = "--uri"
"""What is added to an artifact's name for the parameter that tells its address, or its key in Argo's store."""
STORE = "STOCKPOT_ARTIFACTS"
"""The variable that holds the address of Argo's store, in pods that ask for addresses."""
WRITE_ALL = "every declared output has to be written"

_EXECUTOR_OUTPUT = "executor_output.json"
_VARIABLE = re.compile(r"\$(?:\$|\(([^)]*)\))")
# As in `components.shell.errors`, which is not there.
_WRONG_DATA = 10
_NOT_FOUND = 127
_KILLED = 128
# From here on KFP writes whole numbers with an exponent.
_LARGEST = 1e21
# Below these KFP's SDK looks for what lies in buckets.
_MOUNTS = {"s3://": "/s3/", "minio://": "/minio/", "gs://": "/gcs/"}


def executor_input(
    interface: dict[str, Any],
    values: dict[str, Any],
    paths: dict[str, Any],
    outputs: str,
    uris: dict[str, str] | None = None,
) -> str:
    """The executor input as JSON.

    `interface` names what the component takes and gives: `inputs` and `artifacts` are its artifacts with their types,
    `parameters` the output parameters. `values` are the parameters it is given, in their types, and `paths` those of
    the artifacts, of a list of artifacts a list. It writes below the directory `outputs`. `uris` are the addresses of
    what lies at paths, where it is told them and not the paths.
    """
    uris = uris or {}
    given = {
        name: [_given(name, each, interface["inputs"][name], uris) for each in _each(path)]
        for name, path in paths.items()
    }
    written = {
        name: [_artifact(name, schema, _uri(f"{outputs}/{name}", uris))]
        for name, schema in interface["artifacts"].items()
    }
    sides: dict[str, dict[str, Any]] = {
        "inputs": {"parameterValues": _whole(values), "artifacts": _lists(given)},
        "outputs": {
            "parameters": {name: {"outputFile": f"{outputs}/{name}"} for name in interface["parameters"]},
            "artifacts": _lists(written),
            "outputFile": f"{outputs}/{_EXECUTOR_OUTPUT}",
        },
    }
    return json.dumps({side: _filled(parts) for side, parts in sides.items()}, ensure_ascii=False)


def escaped(text: str) -> str:
    """The text as it stands within a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def collected(interface: dict[str, Any], outputs: str, work: str) -> str:
    """What is wrong with the outputs of a component that ended well, which are collected; empty where nothing is."""
    try:
        collect(interface, outputs, work)
    except (OSError, ValueError) as error:
        return f"its executor output cannot be read: {error}"
    missing = unwritten(interface["parameters"], outputs)
    if missing:
        return f"{missing} - {WRITE_ALL}"
    odd = [name for name in interface["parameters"] if not _is_text(Path(outputs, name))]
    # Argo would put another character in the place of such bytes.
    return f"output '{odd[0]}' is no UTF-8 - write text, or declare it as an artifact" if odd else ""


def _is_text(path: Path) -> bool:
    try:
        if path.is_file():
            path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return False
    return True


def unwritten(names: list[str], outputs: str) -> str:
    """What is said of the outputs of these names that are not there; empty where all are."""
    missing = [name for name in names if not Path(outputs, name).exists()]
    return f"ended well but wrote no output {', '.join(missing)}" if missing else ""


def collect(interface: dict[str, Any], outputs: str, work: str) -> None:
    """Put what the component has told in its executor output where engines look: a file of each output, and metadata.

    What it told goes before what it wrote to a file of its own. An artifact that it has not written is an empty file.
    `work` is the directory it worked in.

    Raises:
        ValueError: the executor output is not of its form.
        OSError: a file cannot be read or written.
    """
    output = _executor_output(f"{outputs}/{_EXECUTOR_OUTPUT}")
    for name in interface["parameters"]:
        if name in _object(output, "parameterValues"):
            _write(f"{outputs}/{name}", _text(output["parameterValues"][name]) + "\n")
    for name, schema in interface["artifacts"].items():
        listed = _object(_object(output, "artifacts"), name).get("artifacts") or [{}]
        uri = _at_path(listed[0].get("uri") or "", outputs, interface.get("uris", {}))
        _keep(f"{outputs}/{name}", _artifact(name, schema, ""), {**listed[0], "uri": uri}, work)


def _at_path(uri: str, outputs: str, uris: dict[str, str]) -> str:
    """The path of what the component has written at an address, where that lies below its own outputs."""
    for own in uris.values():
        room = own.rpartition("/")[0] + "/"
        if uri.startswith(room):
            return f"{outputs}/{uri[len(room) :]}"
    return uri


def _filled(parts: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in parts.items() if each}


def _lists(artifacts: dict[str, Any]) -> dict[str, Any]:
    return {name: {"artifacts": each} for name, each in artifacts.items()}


def _artifact(name: str, schema: str, uri: str) -> dict[str, Any]:
    return {"name": name, "type": {"schemaTitle": schema, "schemaVersion": "0.0.1"}, "uri": uri, "metadata": {}}


def _given(name: str, path: str, schema: str, uris: dict[str, str]) -> dict[str, Any]:
    """An artifact that was handed over, as the step that made it has told of it; else it is just a file.

    Where the bytes of its address lie here, and not where KFP's SDK looks for them, it is told their path instead.
    """
    known = {**_artifact(name, schema, ""), **_known(path)}
    here = known.pop("here", False) and not _mounted(known["uri"]).exists()
    return {**known, "uri": path if here else known["uri"] or _uri(path, uris)}


def _known(path: str) -> dict[str, Any]:
    """What is told of the artifact at a path."""
    metadata = Path(path + METADATA)
    return json.loads(metadata.read_text(encoding="utf-8")) if metadata.exists() else {}


def uri_of(path: str) -> str:
    """The address of the artifact at a path, as the step that made it has told; else its path."""
    return _known(path).get("uri") or path


def _uri(path: str, uris: dict[str, str]) -> str:
    """The address of what lies at a path, or will, if it has one and KFP's SDK finds it there."""
    uri = uris.get(path, "")
    return uri if uri and _mounted(uri).parent.exists() else path


def _each(path: Any) -> list[str]:
    return path if isinstance(path, list) else [path]


def _mounted(uri: str) -> Path:
    """Where KFP's SDK looks for what lies at an address."""
    for scheme, folder in _MOUNTS.items():
        if uri.startswith(scheme):
            return Path(folder, uri[len(scheme) :])
    return Path(uri)


def mount(path: str, uri: str = "") -> None:
    """Let what was handed over be found where KFP's SDK looks for its address, if the user of the image may do that.

    The address `uri` is of Argo's store; one that the step told which made it goes before that.
    """
    known = _known(path)
    uri = known["uri"] if known.get("here") else "" if known.get("uri") else uri
    if uri and not _link(_mounted(uri), path):
        sys.stderr.write(f"note: {uri} is told as {path}, for nothing can be put at {_mounted(uri)}\n")


def _link(mounted: Path, path: str) -> bool:
    """Whether what lies at the path is found at the place too."""
    try:
        if not mounted.exists():
            mounted.parent.mkdir(parents=True, exist_ok=True)
            mounted.symlink_to(path)
    except OSError:
        return False
    return True


def _executor_output(path: str) -> dict[str, Any]:
    if not Path(path).exists():
        return {}
    return _object({"it": json.loads(Path(path).read_text(encoding="utf-8"), parse_constant=_no_number)}, "it")


def _no_number(word: str) -> None:
    _refuse(f"{word} is no number in JSON")


def _refuse(line: str) -> None:
    raise ValueError(line)


def _object(parts: dict[str, Any], name: str) -> dict[str, Any]:
    part = parts.get(name) or {}
    if not isinstance(part, dict):
        _refuse(f"{name} is no object")
    return part


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(_whole(value), separators=(",", ":"), ensure_ascii=False)


def _whole(value: Any) -> Any:
    """The value with whole numbers as such, however deep, as KFP writes them."""
    if isinstance(value, list):
        return [_whole(each) for each in value]
    if isinstance(value, dict):
        return {name: _whole(each) for name, each in value.items()}
    whole = isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST
    return int(Decimal(repr(value))) if whole else value


def _write(path: str, text: str) -> None:
    Path(path).write_bytes(text.encode())


def _keep(path: str, artifact: dict[str, Any], output: dict[str, Any], work: str) -> None:
    """Keep an artifact at its path, wherever the component has put it, and beside it what is told of it.

    It keeps its name, as KFP's launcher merges address and metadata alone.
    """
    uri = output.get("uri") or path
    elsewhere = output.get("custom_path") or ("" if "://" in uri else uri)
    _bring(Path(work, elsewhere or path), Path(path))
    artifact["metadata"] = output.get("metadata") or {}
    artifact["uri"] = uri if "://" in uri else ""
    if "://" in uri and output.get("custom_path"):
        artifact["here"] = True
    _write(path + METADATA, json.dumps(artifact))
    if artifact["uri"]:
        _write(path + URI, artifact["uri"])


def _bring(source: Path, path: Path) -> None:
    if source.resolve() != path.resolve() and source.is_dir():
        shutil.copytree(source, path, dirs_exist_ok=True)
    elif source.resolve() != path.resolve() and source.exists():
        shutil.copyfile(source, path)
    elif not path.exists():
        path.touch()


def main(arguments: list[str]) -> int:
    """The exit code of the component's command, or of what is wrong with its inputs and outputs."""
    try:
        known, words = words_of(arguments)
    except (OSError, ValueError) as error:
        return _failed(f"its inputs cannot be read: {error}", _WRONG_DATA)
    return _run(words) or _collected(known)


def words_of(arguments: list[str]) -> tuple[dict[str, Any], list[str]]:
    """What the compiler knows of the component, and its command.

    The arguments are `$` as Kubernetes hands it over, that knowledge as JSON, the parameters as texts, and the pieces
    of the command.

    Raises:
        ValueError: a parameter is not of its type.
        OSError: metadata cannot be read.
    """
    mark, *texts = arguments
    if mark != "$":
        # Arguments that are long together come in a file, which Kubernetes has not read.
        texts = [_VARIABLE.sub(_variable, text) for text in texts]
    known, left = json.loads(texts[0]), iter(texts[1:])
    values = {name: (kind, next(left)) for name, kind in known["values"].items()}
    given = {name: _typed(*value) for name, value in values.items() if value[1] or name not in known["doubtful"]}
    keys = {name: given.pop(name + KEY, "") for name in known["inputs"]}
    paths = {name: _places(f"{known['from']}/{name}", keys[name]) for name in known["inputs"]}
    uris = _uris(known, given, keys, json.loads(next(left)) if known["kept"] else {})
    for path in paths.values():
        for each in _each(path):
            mount(each, uris.get(each, ""))
    executor_json = executor_input(known, given, paths, known["to"], uris)
    fill = {"input": lambda: executor_json, "escaped": lambda: escaped(executor_json), "text": lambda: next(left)}
    return known, ["".join(fill[piece]() for piece in word) for word in known["words"]]


def _places(path: str, keys: Any) -> Any:
    """Where an artifact lies; of a list of them, by the keys of which the part that all share was fetched as one."""
    if not isinstance(keys, list):
        return path
    shared = len({key.split("/")[0] for key in keys}) == 1
    return [f"{path}/{key.split('/', 1)[1] if shared else key}" for key in keys]


def _uris(known: dict[str, Any], given: dict[str, Any], keys: dict[str, Any], kept: dict[str, str]) -> dict[str, str]:
    """The addresses of artifacts by their paths, as far as the store has one; `kept` are the keys of what is made here.

    Lists have none: their artifacts are told their paths.
    """
    known["uris"] = {}
    asked = {name: given.pop(name + URI, "") for name in known["inputs"]}
    store = os.environ.get(STORE, "").rstrip("/")
    if not store.startswith(tuple(_MOUNTS)):
        return {}
    by_path = {
        f"{known['from']}/{name}": uri for name, uri in asked.items() if uri and not isinstance(keys[name], list)
    }
    known["uris"] = {f"{known['to']}/{name}": f"{store}/{key}" for name, key in kept.items()}
    for uri in known["uris"].values():
        _link(_mounted(uri).parent, known["to"])
    return {**{path: uri if "://" in uri else f"{store}/{uri}" for path, uri in by_path.items()}, **known["uris"]}


def _variable(match: re.Match[str]) -> str:
    return "$" if match[1] is None else os.environ.get(match[1], match[0])


def _typed(kind: str, text: str) -> Any:
    if kind == "STRING":
        return text
    if kind == "BOOLEAN":
        return text.strip() in ("1", "t", "T", "TRUE", "true", "True")
    return float(text) if kind == "NUMBER_DOUBLE" else json.loads(text)


def _run(words: list[str]) -> int:
    """The exit code of a command, which hears of the wish that it end, also where that comes while it is started."""
    running: list[Any] = []
    asked: list[bool] = []

    def end(*_: Any) -> None:
        asked.append(True)
        for each in running:
            each.terminate()

    signal.signal(signal.SIGTERM, end)
    try:
        process = subprocess.Popen(words)
    except OSError as error:
        return _failed(f"{words[0]} cannot be started: {error.strerror}", _NOT_FOUND)
    running.append(process)
    if asked:
        process.terminate()
    code = process.wait()
    return _KILLED - code if code < 0 else code


def _collected(known: dict[str, Any]) -> int:
    wrong = collected(known, known["to"], str(Path.cwd()))
    return _failed(wrong, _WRONG_DATA) if wrong else 0


def _failed(line: str, code: int) -> int:
    sys.stderr.write(f"error: {line}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
