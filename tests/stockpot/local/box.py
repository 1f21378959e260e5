"""What stands in for Docker where it refuses or fails: a script that starts programs without a container."""

import json
from dataclasses import dataclass
from pathlib import Path

STAND_IN = """#!{python}
import json, os, sys
from pathlib import Path

here, words = Path(__file__).parent, sys.argv[1:]
with (here / "calls").open("a") as calls:
    calls.write(json.dumps(words) + chr(10))
known = (here / "images").read_text().split() if (here / "images").exists() else []
if (here / "down").exists():
    sys.exit("Cannot connect to the daemon")
if words[0] == "version":
    print("99.1")
elif words[0] == "info":
    print(json.dumps((here / "security").read_text() if (here / "security").exists() else "[]"))
elif words[:2] == ["image", "inspect"]:
    if words[-1] not in known:
        sys.exit("no such image")
    print("sha256:" + (here / "id").read_text())
elif words[0] == "pull":
    if words[-1].startswith("nobody"):
        sys.exit("pull access denied")
    if words[-1].startswith("slow"):
        import time
        (here / "pulling").write_text(str(os.getpid()))
        time.sleep(300)
    if words[-1].startswith("later"):
        sys.exit("net/http: TLS handshake timeout")
    (here / "images").write_text(" ".join([*known, words[-1]]))
elif words[0] == "run":
    options, rest = {{}}, words[1:]
    while rest[0].startswith("--"):
        if rest[0] == "--rm":
            rest = rest[1:]
            continue
        options.setdefault(rest[0], []).append(rest[1])
        rest = rest[2:]
    (here / "environ").write_text(json.dumps(dict(os.environ)))
    lines = Path(options["--env-file"][0]).read_text().splitlines()
    told = dict(line.partition("=")[::2] for line in lines)
    told |= {{name: os.environ[name] for name in options.get("--env", ())}}
    if (here / "broken").exists():
        print((here / "broken").read_text(), file=sys.stderr)
        sys.exit(125)
    image, arguments = rest[0], rest[1:]
    if "--entrypoint" not in options:
        print("the image's own:", *arguments)
        sys.exit(0)
    program = options["--entrypoint"][0]
    os.execvpe(program, [program, *arguments], {{"PATH": os.environ["PATH"], **told}})
"""


@dataclass(frozen=True)
class StandIn:
    """The script, and what it was asked."""

    place: Path

    def is_down(self) -> None:
        """From now on it answers nobody."""
        (self.place / "down").touch()

    def builds_anew(self) -> None:
        """All images are others from now on."""
        (self.place / "id").write_text("0ther" * 8)

    @property
    def calls(self) -> list[list[str]]:
        """The words of each call."""
        return [json.loads(line) for line in (self.place / "calls").read_text().splitlines()]

    def of(self, verb: str) -> list[list[str]]:
        """The words of the calls with that verb."""
        return [words for words in self.calls if words[0] == verb]
