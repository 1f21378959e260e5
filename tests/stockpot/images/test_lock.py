"""images/lock.json: what it may say, and that compiled pipelines run what it says."""

import json

import pytest

from components.shell.errors import ConfigurationError
from stockpot.compiler.command import compile_targets
from stockpot.images.lock import read_lock, replacements, write_lock

DIGEST = f"registry.example.org/stockpot/verify-table@sha256:{'0a' * 32}"
CONTENT = "ghcr.io/stockpot/end-run:0123456789ab"


def test_what_is_written_is_read_again(tmp_path):
    """By step; what was built before stays, and a step that is no more goes."""
    lock = tmp_path / "lock.json"
    write_lock(lock, {"verify_table": DIGEST, "gone": CONTENT}, ["verify_table", "gone"])
    write_lock(lock, {"end_run": CONTENT}, ["end_run", "verify_table"])
    assert read_lock(lock) == {"end_run": CONTENT, "verify_table": DIGEST}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no"),
        ("{", "cannot be read"),
        ("[]", "no object|not an object"),
        ('{"../end_run": "a:0123456789ab"}', "cannot be a step"),
        ('{"end_run": "ghcr.io/stockpot/end-run:0.1.0"}', "does not pin end_run"),
        ('{"end_run": "ghcr.io/stockpot/end-run:latest"}', "does not pin end_run"),
        ('{"end_run": 7}', "does not pin end_run"),
    ],
)
def test_a_lock_that_pins_nothing_is_refused(tmp_path, text, said):
    """A tag that can be moved is no pin; each error says to run make images."""
    lock = tmp_path / "lock.json"
    if text is not None:
        lock.write_text(text)
    with pytest.raises(ConfigurationError, match=said) as raised:
        read_lock(lock)
    assert "make images" in str(raised.value)


def test_each_image_becomes_the_pinned_one_of_its_step(tmp_path):
    """Whatever registry and tag it had; a step without an entry is named."""
    lock = tmp_path / "lock.json"
    lock.write_text(json.dumps({"verify_table": DIGEST}))
    image = "elsewhere:5000/verify-table:9"
    assert replacements(lock, [image]) == {image: DIGEST}
    with pytest.raises(ConfigurationError, match=r"no step 'end_run'.*STEPS=end_run"):
        replacements(lock, ["ghcr.io/stockpot/end-run:0.1.0"])


@pytest.mark.parametrize("target", ["argo", "kfp"])
def test_compiled_pipelines_run_what_is_pinned(tmp_path, target):
    """`stockpot compile --images` leaves no image that could change."""
    lock = tmp_path / "lock.json"
    lock.write_text(json.dumps({"verify_table": DIGEST, "end_run": CONTENT}))
    written = compile_targets(["verify-pipeline"], False, target, tmp_path / "out", lock=lock)
    text = "".join(path.read_text() for path in written.files)
    assert DIGEST in text
    assert "verify-table:0.1.0" not in text
    assert "end-run:0.1.0" not in text
