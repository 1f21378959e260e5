"""The whole check, `.ci/run`, with stand-ins for the programs that it calls."""

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_ASKED = ("apt-get", "ctr", "docker", "git", "go", "id", "make", "skaffold")
# Says what it was asked; fails, or stays until somebody ends it, where the test wants that. What stays has a child that
# nothing but a kill ends.
_STAND_IN = """#!/bin/bash
asked="${0##*/} $*"
echo "$asked" >>"$SAID"
case "$asked" in
  "$FAILS") exit 7 ;;
  "id -u") echo 0 ;;
  "cluster env") echo "export KUBECONFIG=there" ;;
  "make images"*|"make check")
    [ -n "$HANGS" ] || exit 0
    (trap "" TERM; echo "$asked" >&"$HANGS"; sleep 60) &
    exec sleep 60 ;;
esac
"""


@dataclass(frozen=True)
class Place:
    """A checkout of `.ci/run` alone, beside the script of a cluster."""

    root: Path

    def start(self, *parts: str, fails: str = "", hangs: int | None = None) -> subprocess.Popen[str]:
        """The check, or parts of it, begun; what is asked of the stand-in for `hangs` is told to that descriptor."""
        environment = os.environ | {
            "PATH": f"{self.root / 'bin'}:{os.environ['PATH']}",
            "TMPDIR": str(self.root / "tmp"),
            "SAID": str(self.root / "said"),
            "FAILS": fails,
            "HANGS": "" if hangs is None else str(hangs),
        }
        return subprocess.Popen(
            [self.root / "checkout" / ".ci" / "run", *parts],
            env=environment,
            pass_fds=() if hangs is None else (hangs,),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @property
    def said(self) -> list[str]:
        """What was asked of the stand-ins."""
        return (self.root / "said").read_text().splitlines()

    @property
    def left(self) -> list[Path]:
        """What lies among the temporary files."""
        return list((self.root / "tmp").iterdir())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """All that the check calls as a stand-in that succeeds."""
    checkout, programs = tmp_path / "checkout", tmp_path / "bin"
    builder, cluster = checkout / "tests/e2e/images/build", tmp_path / "shared/cluster/cluster"
    manifests = [checkout / "manifests/argo/one.yaml", checkout / "tests/stockpot/compiler/golden/argo/constant.yaml"]
    run = checkout / ".ci" / "run"
    for path in (builder, cluster, *manifests, run, *(programs / name for name in _ASKED), tmp_path / "tmp/none"):
        path.parent.mkdir(parents=True, exist_ok=True)
    for path in (builder, cluster, *(programs / name for name in _ASKED)):
        path.write_text(_STAND_IN)
        path.chmod(0o755)
    for path in manifests:
        path.write_text("  image: ghcr.io/one\n")
    text = (ROOT / ".ci" / "run").read_text()
    # Ours instead, and the packages are lacking whatever this machine has.
    for path, instead in (("/usr/bin/docker", "docker"), ("/usr/sbin/pgbouncer", str(tmp_path / "none"))):
        assert path in text
        text = text.replace(path, instead)
    run.write_text(text)
    run.chmod(0o755)
    return Place(tmp_path)


def test_the_whole_check_leaves_no_temporary_file(place: Place) -> None:
    """And runs the tests of the cluster in between."""
    check = place.start()
    told, _ = check.communicate()
    assert check.returncode == 0, told
    assert [line for line in place.said if line.startswith("make e2e")] == ["make e2e-together", "make e2e-alone"]
    assert place.left == []


def test_a_cluster_that_names_no_environment_fails_the_check(place: Place) -> None:
    """Its tests would meet another cluster, or none."""
    check = place.start(fails="cluster env")
    told, _ = check.communicate()
    assert check.returncode == 7, told
    assert "make e2e-together" not in place.said
    assert place.left == []


def test_manifests_that_cannot_be_read_fail_the_check(place: Place) -> None:
    """The cluster would lack the images that only they name."""
    (place.root / "checkout/tests/stockpot/compiler/golden/argo/constant.yaml").unlink()
    check = place.start()
    told, _ = check.communicate()
    assert check.returncode != 0, told
    assert not any(line.startswith("docker save") for line in place.said)


@pytest.mark.parametrize("fails", ["make e2e-alone", "make test", "make check", "apt-get update -q"])
def test_what_fails_in_front_or_in_the_background_fails_the_check(place: Place, fails: str) -> None:
    """And the cluster, where one was wanted, goes down."""
    check = place.start(fails=fails)
    told, _ = check.communicate()
    assert check.returncode != 0, told
    assert fails in place.said
    assert ("cluster down" in place.said) == ("cluster build" in place.said)
    assert place.left == []


def test_parts_of_the_check_need_no_cluster(place: Place) -> None:
    """They run in the order of the words; a word that is no part runs nothing."""
    check = place.start("test", "check")
    check.communicate()
    assert check.returncode == 0
    assert place.said[-2:] == ["make test", "make check"]
    assert not any(line.startswith("cluster") for line in place.said)
    wrong = place.start("check", "tests")
    told, _ = wrong.communicate()
    assert (wrong.returncode, told) == (11, "error: .ci/run has no part tests; known are check, run and test\n")


def test_a_check_that_is_ended_ends_what_it_began(place: Place) -> None:
    """What runs in front and in the background, the cluster and the temporary files."""
    reading, writing = os.pipe()
    check = place.start(hangs=writing)
    os.close(writing)
    with os.fdopen(reading) as begun:
        assert {next(begun).split(" BASE")[0], next(begun).split(" BASE")[0]} == {"make images", "make check\n"}
        check.send_signal(signal.SIGTERM)
        check.communicate()
        # It ends once nobody holds the other side.
        assert begun.read() == ""
        assert place.said[-1] == "cluster down"
    assert check.returncode == -signal.SIGTERM
    assert place.left == []
