"""Tiny steps for the runner's tests: one program with a few verbs, and KFP components that call it."""

from pathlib import Path

from kfp import dsl

PROBE = """
import base64, json, os, signal, subprocess, sys, time
from urllib.parse import quote
from pathlib import Path

verb, *rest = sys.argv[1:]
given = dict(zip(rest[::2], rest[1::2]))
log = given.get("--log")
if log:
    with open(log, "a") as file:
        file.write(f"{verb} {given.get('--name', '')} {time.time():.3f} {os.getpid()}\\n")
if verb == "write":
    Path(given["--out"]).write_text(given["--text"])
    print(f"wrote {given['--text']}")
elif verb == "join":
    text = "+".join(Path(given[name]).read_text() for name in ("--left", "--right") if name in given)
    Path(given["--out"]).write_text(text)
elif verb == "fail":
    counter = Path(given["--counter"])
    tries = int(counter.read_text()) + 1 if counter.exists() else 1
    counter.write_text(str(tries))
    assert not Path(given["--out"]).exists(), "an earlier attempt's output is still there"
    Path(given["--out"]).write_text(str(tries))
    if tries <= int(given["--times"]):
        print(f"error: try {tries} failed at postgres://me:hidden@host", file=sys.stderr, flush=True)
        code = int(given["--code"])
        os.kill(os.getpid(), signal.SIGKILL) if code == 137 else sys.exit(code)
elif verb == "sleep":
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    if given.get("--stubborn") == "true":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Path(given["--pids"]).write_text(f"{os.getpid()} {child.pid}")
    time.sleep(float(given["--seconds"]))
    child.kill()
elif verb == "environment":
    # As it is it would not be told.
    print(json.dumps({name: value.encode().hex() for name, value in os.environ.items()}))
elif verb == "progress":
    for done in range(3):
        Path(os.environ["ARGO_PROGRESS_FILE"]).write_text(f"{done}/2\\n")
        time.sleep(0.4)
elif verb == "summary":
    rows = {"rows_in": 7, "rows_out": 5, "rows_rejected": 2}
    Path(given["--summary"]).write_text(json.dumps({**rows, "details": {"a": 1}}))
elif verb == "status":
    with open(given["--told"], "a") as file:
        file.write(given["--status"] + "\\n")
elif verb == "silent":
    pass
elif verb == "leak":
    word = os.environ["KITCHEN_WORD"]
    forms = [word, repr(word), json.dumps(word), quote(word), base64.b64encode(f"cook:{word}".encode()).decode()]
    print("to a person:", *forms)
    rows = {"rows_in": 1, "rows_out": 1, "rows_rejected": 0}
    Path(given["--summary"]).write_text(json.dumps({**rows, "details": {"warnings": forms, word: 1}}))
    print("to the log:", *forms, file=sys.stderr)
    if given["--code"] != "0":
        print("error: " + "; ".join(forms), file=sys.stderr)
        sys.exit(int(given["--code"]))
elif verb == "full":
    print("error: no space left on the device - make room", file=sys.stderr)
    sys.exit(75)
"""
COMMAND = ["python", "-m", "components.probe"]
IMAGE = "registry.test/probe:1"


def make_workshop(root: Path) -> None:
    """Lay out a project with one image that needs no packages, and one component."""
    for folder in ("components/probe", "components/shell", "images/probe", "images/other"):
        (root / folder).mkdir(parents=True)
    (root / "components/__init__.py").touch()
    (root / "components/probe/__init__.py").touch()
    (root / "components/probe/__main__.py").write_text(PROBE)
    (root / "components/shell/__init__.py").touch()
    (root / "images/probe/requirements.txt").write_text("# nothing\n")
    (root / "images/other/requirements.txt").write_text("# nothing either\n")


@dsl.container_component
def write(text: str, out: dsl.Output[dsl.Artifact], log: str = "", name: str = ""):
    """Write a text."""
    arguments = ["write", "--text", text, "--out", out.path, "--log", log, "--name", name]
    return dsl.ContainerSpec(image=IMAGE, command=COMMAND, args=arguments)


@dsl.container_component
def say(text: str, out: dsl.OutputPath(str), log: str = "", name: str = ""):
    """Hand on a text as a parameter."""
    arguments = ["write", "--text", text, "--out", out, "--log", log, "--name", name]
    return dsl.ContainerSpec(image=IMAGE, command=COMMAND, args=arguments)


@dsl.container_component
def say_list(text: str, out: dsl.OutputPath(list)):
    """Hand on a list."""
    return dsl.ContainerSpec(image=IMAGE, command=COMMAND, args=["write", "--text", text, "--out", out])


@dsl.container_component
def say_items(items: list, out: dsl.OutputPath(str)):
    """Hand on a list as text."""
    return dsl.ContainerSpec(image=IMAGE, command=COMMAND, args=["write", "--text", items, "--out", out])


@dsl.container_component
def join(left: dsl.Input[dsl.Artifact], right: dsl.Input[dsl.Artifact], out: dsl.Output[dsl.Artifact], log: str = ""):
    """Write two texts as one."""
    arguments = ["join", "--left", left.path, "--right", right.path, "--out", out.path, "--log", log]
    return dsl.ContainerSpec(image=IMAGE, command=COMMAND, args=arguments)


@dsl.container_component
def fail(counter: str, times: int, code: int, out: dsl.Output[dsl.Artifact]):
    """Fail the first `times` times."""
    arguments = ["fail", "--counter", counter, "--times", times, "--code", code, "--out", out.path]
    return dsl.ContainerSpec(image=IMAGE, command=COMMAND, args=arguments)


@dsl.container_component
def sleep(pids: str, seconds: float, stubborn: bool = False):
    """Sleep beside a child that sleeps too."""
    arguments = ["sleep", "--pids", pids, "--seconds", seconds, "--stubborn", stubborn]
    return dsl.ContainerSpec(image=IMAGE, command=COMMAND, args=arguments)


@dsl.container_component
def environment():
    """Print the whole environment."""
    return dsl.ContainerSpec(image=IMAGE, command=COMMAND, args=["environment"])


@dsl.container_component
def progress():
    """Report progress."""
    return dsl.ContainerSpec(image=IMAGE, command=COMMAND, args=["progress"])


@dsl.container_component
def summarised(summary: dsl.Output[dsl.Artifact]):
    """Write a summary."""
    return dsl.ContainerSpec(image=IMAGE, command=COMMAND, args=["summary", "--summary", summary.path])


@dsl.container_component
def silent(out: dsl.Output[dsl.Artifact]):
    """Forget to write its output."""
    return dsl.ContainerSpec(image=IMAGE, command=COMMAND, args=["silent", "--out", out.path])


@dsl.container_component
def leak(code: int, hint: str, summary: dsl.Output[dsl.Artifact]):
    """Tell a secret in many writings, everywhere."""
    arguments = ["leak", "--code", code, "--summary", summary.path, "--hint", hint]
    return dsl.ContainerSpec(image=IMAGE, command=COMMAND, args=arguments)


@dsl.container_component
def full():
    """Meet a full disk."""
    return dsl.ContainerSpec(image=IMAGE, command=COMMAND, args=["full"])


@dsl.container_component
def told(status: dsl.PipelineTaskFinalStatus, path: str):
    """Keep how the run ended."""
    return dsl.ContainerSpec(image=IMAGE, command=COMMAND, args=["status", "--status", status, "--told", path])


@dsl.container_component
def unknown_image():
    """Ask for an image nobody locked."""
    return dsl.ContainerSpec(image="registry.test/nobody:1", command=COMMAND, args=["silent"])
