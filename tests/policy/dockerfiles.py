"""Rules of the Dockerfile that makes the image of every step."""

import re
from typing import Any

_SECRET = re.compile(r"passw|secret|token|api_?key|credential", re.IGNORECASE)
_LABELS = ("title", "source", "licenses", "revision")
_INSTALLS = re.compile(r"\b(pip install|uv pip (install|sync))\b")
_SYSTEM = re.compile(r"\b(apt|apt-get|apk|dnf|yum|curl|wget|git)\b")


def _all(dockerfile: Any, name: str) -> list[str]:
    return [rest for instruction, rest in dockerfile if instruction == name]


def base_can_be_replaced(dockerfile: Any) -> bool:
    """All stages stand on the base image that the caller names."""
    return {each.partition(" AS ")[0] for each in _all(dockerfile, "FROM")} == {"${BASE_IMAGE}"}


def base_is_pinned(dockerfile: Any) -> bool:
    """The base image has a version by default."""
    name, _, value = _all(dockerfile, "ARG")[0].partition("=")
    return name == "BASE_IMAGE" and ":" in value and not value.endswith(":latest")


def packages_are_hashed(dockerfile: Any) -> bool:
    """Whatever is installed is held to its hash."""
    parts = [part for run in _all(dockerfile, "RUN") for part in run.split("&&") if _INSTALLS.search(part)]
    return bool(parts) and all("--require-hashes" in part for part in parts)


def nothing_else_is_fetched(dockerfile: Any) -> bool:
    """Nothing comes from anywhere but the lock: no system packages, no downloads, no ADD."""
    return not _all(dockerfile, "ADD") and not any(_SYSTEM.search(run) for run in _all(dockerfile, "RUN"))


def only_its_own_is_copied(dockerfile: Any) -> bool:
    """A step gets its own lock, what all images are built with, and code by way of a stage that chooses it."""
    known = {
        "locks/uv.txt", "images/trim.py", "images/${STEP}/${LOCK}", "components",
    }  # fmt: skip
    chosen_from = "/tmp/components"  # noqa: S108 - a place in the image while it is built
    copied = [copy.split() for copy in _all(dockerfile, "COPY") if not copy.startswith("--from=")]
    return all(
        set(words[:-1]) <= known and ("components" not in words[:-1] or words[-1] == chosen_from) for words in copied
    )


def user_is_a_number(dockerfile: Any) -> bool:
    """The last user is a number other than 0, which Kubernetes can tell from root."""
    users = _all(dockerfile, "USER")
    return bool(users) and bool(re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1]))


def nothing_is_run_by_itself(dockerfile: Any) -> bool:
    """There is no entrypoint and no command: KFP's local runner would put it before the step's own."""
    return not _all(dockerfile, "ENTRYPOINT") and not _all(dockerfile, "CMD")


def no_secret_is_built_in(dockerfile: Any) -> bool:
    """No argument or variable is named like a secret, for both stay in the image."""
    return not any(_SECRET.search(each) for name in ("ARG", "ENV") for each in _all(dockerfile, name))


def labels_say_what_it_is(dockerfile: Any) -> bool:
    """Title, source, licence and revision can be read from the image."""
    text = " ".join(_all(dockerfile, "LABEL"))
    return all(f"org.opencontainers.image.{label}=" in text for label in _LABELS)


RULES = {
    "Dockerfile": (
        base_can_be_replaced,
        base_is_pinned,
        packages_are_hashed,
        nothing_else_is_fetched,
        only_its_own_is_copied,
        user_is_a_number,
        nothing_is_run_by_itself,
        no_secret_is_built_in,
        labels_say_what_it_is,
    ),
}
