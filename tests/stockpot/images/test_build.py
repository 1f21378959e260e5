"""Building images: what goes into one, what its revision is, and what is said when it cannot be built."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

import pytest

from components.rooms import rooms
from components.shell.errors import ConfigurationError
from stockpot.images.build import Built, Order, build_all
from stockpot.images.engine import BuildError, Engine
from stockpot.images.sources import Sources
from stockpot.images.table import BEGIN, END, put, table

ROOT = Path(__file__).parents[3]
DOCKERFILE = """\
FROM scratch
ARG REVISION=unknown
ARG STEP
ARG DESCRIPTION
LABEL title="${STEP}: ${DESCRIPTION}" org.opencontainers.image.revision="${REVISION}"
COPY components/${STEP}/soup.txt /soup.txt
"""
# Debian's own client builds without the plugin that another one on PATH may miss.
DOCKER = next((path for path in ("/usr/bin/docker", shutil.which("docker") or "") if os.access(path, os.X_OK)), "")


def git(root, *words):
    """Git in a working tree, as somebody."""
    who = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    done = subprocess.run(
        ["git", *words], cwd=root, env={**os.environ, **who}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def sources(tmp_path):
    """A working tree with one step, in a repository of its own."""
    files = {"images/Dockerfile": DOCKERFILE, "images/say/requirements.in": "", "README": ""}
    # Of builds of the same content at one time an engine makes one, with the file times of either.
    files |= {"components/say/__init__.py": '"""Says soup."""\n', "components/say/soup.txt": f"{token_hex(2)}\n"}
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "Say soup")
    return Sources(tmp_path)


@pytest.fixture
def engine():
    """A container engine that runs."""
    found = Engine(DOCKER)
    try:
        found.check()
    except ConfigurationError:
        pytest.skip("needs a running Docker")
    return found


def test_steps_are_the_folders_with_requirements(sources):
    """A new folder is known at once; an image's name will do for its step; what is not there is named."""
    assert sources.steps() == ["say"]
    assert Sources().chosen(["load-iceberg", "load_iceberg"]) == ["load_iceberg"]
    with pytest.raises(ConfigurationError, match=r"no images/sing/requirements.in - known are say"):
        sources.chosen(["sing"])


def test_a_second_lock_is_a_second_image_of_the_same_code(sources):
    """It is gigabytes, so it is built where it is named, never with all others."""
    (sources.root / "images/say/gpu.in").write_text("")
    assert (sources.chosen([]), sources.chosen(["say-gpu"])) == (["say"], ["say_gpu"])
    assert sources.arguments("say_gpu") == {**sources.arguments("say"), "LOCK": "gpu.txt"}
    assert sources.parts("say_gpu") == sources.parts("say")
    assert sources.revision("say_gpu") == sources.revision("say")


def test_the_revision_is_that_of_what_is_in_the_image(sources):
    """A commit elsewhere leaves it, a commit to the step changes it, and what is not committed shows."""
    first = sources.revision("say")
    (sources.root / "README").write_text("more")
    git(sources.root, "commit", "--quiet", "-am", "Say more")
    assert sources.revision("say") == first == git(sources.root, "rev-parse", "HEAD~1")
    (sources.root / "components/say/soup.txt").write_text("stew\n")
    assert sources.revision("say") == f"{first}-dirty"
    git(sources.root, "commit", "--quiet", "-am", "Say stew")
    assert sources.revision("say") == git(sources.root, "rev-parse", "HEAD")


def test_an_image_is_made_of_the_rooms_that_its_step_imports(tmp_path):
    """Rooms of rooms too, whatever the way they are imported; not what only the interface or nobody imports."""
    files = {
        "say/__main__.py": "def late():\n    from components.shop.lines import x\n",
        "say/component.py": "import components.host.compile\n",
        "shop/lines.py": "from components import shell\nRUN = ['-m', 'components.named.run']\n",
        "shell/errors.py": "import components.deep.end as end\n",
        **{f"{room}/__init__.py": "" for room in ("host", "named", "deep", "other")},
    }
    for path, text in files.items():
        (tmp_path / "components" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "components" / path).write_text(text)
    assert rooms(tmp_path, "say") == ["deep", "named", "say", "shell", "shop"]
    assert "components/deep" in Sources(tmp_path).parts("say")
    (tmp_path / "components/other/more.py").write_text("import components.host\n")
    assert rooms(tmp_path, "say") == ["deep", "named", "say", "shell", "shop"]


def test_the_code_of_an_image_runs_where_nothing_else_is(tmp_path):
    """What the Dockerfile copies of a step that imports shared rooms is enough to import it."""
    subprocess.run([sys.executable, "-m", "components.rooms", "ranking_features", str(tmp_path)], cwd=ROOT, check=True)
    found = sorted(path.name for path in (tmp_path / "components").iterdir())
    assert found == ["__init__.py", "feed", "ranking_features", "shell"]
    words = [sys.executable, "-c", "import components.ranking_features.compute as s; print(s.__file__)"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(tmp_path))


def test_outside_of_a_repository_the_revision_is_unknown(tmp_path):
    """An archive of the sources can be built as well."""
    assert (Sources(tmp_path).revision("say"), Sources(tmp_path).time("say")) == ("unknown", "0")


def test_an_image_is_built_and_pinned_by_its_content(sources, engine):
    """The same sources give the same reference, others another; the revision is in the image, its size in the table.

    Without the cache, for an engine empties it when a disk fills.
    """
    order = Order(sources, replace(engine, options=("--no-cache",)), registry="local/stockpot-test", tag="9")
    (built,) = build_all(["say"], order)
    (again,) = build_all(["say"], order)
    assert built == again
    assert re.fullmatch(r"local/stockpot-test/say:[0-9a-f]{12}", built.pinned)
    assert (built.name, built.own) == ("local/stockpot-test/say:9", 5)
    label = '{{index .Config.Labels "title"}} {{index .Config.Labels "org.opencontainers.image.revision"}}'
    shown = subprocess.run([DOCKER, "inspect", "-f", label, built.pinned], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == f"say: Says soup. {sources.revision('say')}"
    (sources.root / "components/say/soup.txt").write_text("stew!\n")
    (other,) = build_all(["say"], order)
    assert other.pinned != built.pinned
    subprocess.run([DOCKER, "rmi", "-f", built.pinned, other.pinned, other.name], capture_output=True, check=True)


def test_what_cannot_be_built_is_named_after_all_were_tried(sources, engine, capsys):
    """One bad step does not keep the others from being built."""
    (sources.root / "components/bad").mkdir()
    (sources.root / "components/bad/__init__.py").touch()
    with pytest.raises(BuildError, match=r"1 of 2 images was not built: bad$"):
        build_all(["bad", "say"], Order(sources, engine, registry="local/stockpot-test", tag="9"))
    assert "say: local/stockpot-test/say:" in capsys.readouterr().err


def test_an_engine_that_is_not_there_is_said_at_once():
    """Before anything is built, and with what to set."""
    with pytest.raises(ConfigurationError, match="no command no-such-docker - start it, or set DOCKER"):
        Engine("no-such-docker").check()


def test_the_table_takes_the_place_of_the_last_one(sources, tmp_path):
    """Between its marks, with the sizes rounded to megabytes, beside words that stay."""
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    put(page, table([Built("say", "a:0123456789ab", "a:9", 41_600_000, 90_000_000)], sources))
    text = page.read_text()
    assert "| say | 42 | 172 | Says soup. |\n" in text
    assert text.startswith(f"before\n{BEGIN}\n")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text
