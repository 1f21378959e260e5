"""When and how often a task runs: conditions, loops, retries, caching, exit handlers."""

import json
import re
from collections.abc import Iterable, Sequence
from itertools import accumulate, takewhile

from stockpot.compiler import ir
from stockpot.compiler.conditions import Condition, parse_condition
from stockpot.compiler.errors import Location
from stockpot.compiler.fields import Fields
from stockpot.compiler.placeholders import Text
from stockpot.compiler.profiles import Profile
from stockpot.compiler.values import whole_numbers

_ALL_SUCCEEDED = "ALL_UPSTREAM_TASKS_SUCCEEDED"
_ALL_COMPLETED = "ALL_UPSTREAM_TASKS_COMPLETED"
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s")
# Of work that KFP's backend does by itself: there are no such images.
STUB = "argostub/"
# Of volumes that each pod has for itself alone.
OWN_ROOM = ("emptyDir", "ephemeral")
CREATE_CLAIM, DELETE_CLAIM = f"{STUB}createpvc", f"{STUB}deletepvc"


def guarded_task(fields: Fields) -> str:
    """The task that this one runs after however it has ended; empty for an ordinary task.

    KFP's backend makes a hook of such a task, be it the task of an exit handler or one that ignores failures. Of one
    that waits for several it makes several hooks, and it runs once for each.
    """
    trigger = fields.left.get("triggerPolicy", {})
    if trigger.get("strategy", _ALL_SUCCEEDED) == _ALL_SUCCEEDED:
        return ""
    if trigger["strategy"] != _ALL_COMPLETED:
        fields.location.unsupported(f"the strategy {trigger['strategy']}")
    after = fields.left.get("dependentTasks", [])
    if len(after) > 1:
        fields.location.unsupported(
            "ignore_upstream_failure() of a task that waits for several", "put those into one @dsl.pipeline"
        )
    return str(after[0]) if after else ""


def read_condition(fields: Fields, component: ir.Component) -> Condition | None:
    """On what condition the task runs; its component declares the parameters that the condition reads."""
    trigger = fields.inner("triggerPolicy")
    trigger.take("strategy")
    text = trigger.take("condition")
    trigger.close()
    kinds = {name: parameter.kind for name, parameter in component.parameters.items()}
    return parse_condition(text, kinds, fields.location) if text else None


def read_loop(fields: Fields) -> ir.Loop | None:
    """How often and over what the task is repeated."""
    artifacts, iterator, policy = (
        fields.inner(key) for key in ("artifactIterator", "parameterIterator", "iteratorPolicy")
    )
    parallelism = int(policy.take("parallelismLimit", 0))
    policy.close()
    if artifacts.left:
        return _over_artifacts(artifacts, parallelism)
    if not iterator.left:
        return None
    items, item = iterator.inner("items"), str(iterator.take_needed("itemInput"))
    raw, name = items.take("raw"), items.take("inputParameter")
    if raw and "{{$" in raw:
        fields.location.unsupported(
            "a loop over a list with parameters inside", "loop over a parameter or a task's output"
        )
    items.close()
    iterator.close()
    return ir.Loop(tuple(whole_numbers(json.loads(raw))) if raw is not None else str(name), item, parallelism)


def _over_artifacts(iterator: Fields, parallelism: int) -> ir.Loop:
    items, item = iterator.inner("items"), str(iterator.take_needed("itemInput"))
    name = str(items.take_needed("inputArtifact"))
    items.close()
    iterator.close()
    return ir.Loop(name, item, parallelism, of_artifacts=True)


def read_retry(fields: Fields, component: ir.Component) -> ir.Retry | None:
    """How the task is tried again."""
    retry = read_policy(fields.inner("retryPolicy"))
    if retry and isinstance(component.body, ir.Dag):
        fields.location.unsupported("set_retry() on a nested pipeline", "set it on the tasks within")
    return retry


def speaks_codes(container: ir.Container) -> bool:
    """Whether the exit code says if another try can help: that of a step does, which is a module of `components`.

    Any other program is tried again after every failure, as KFP does.
    """
    words = [word.render(lambda _: "?") for word in container.command[:3] if isinstance(word, Text)]
    return is_step_of_ours(words)


def is_step_of_ours(command: Sequence[str]) -> bool:
    """Whether the command begins a step of `components`."""
    return list(command[:2]) == ["python", "-m"] and "".join(command[2:3]).startswith("components.")


def is_hardened(container: ir.Container, profile: Profile) -> bool:
    """Whether the container gets no more than a step of our own needs, where programs of others run as `profile`."""
    return profile is Profile.RESTRICTED or speaks_codes(container)


def works_on_claims(container: ir.Container) -> bool:
    """Whether the engine itself makes or deletes a PersistentVolumeClaim here; there is no program and no image."""
    return container.image in (CREATE_CLAIM, DELETE_CLAIM)


def read_policy(policy: Fields) -> ir.Retry | None:
    """What a task's `retryPolicy` says; None where there is no further try.

    `backoffMaxDuration` bounds the waits of all tries together. The work of the tries does not count: a step that ran
    for two hours is tried again like one that failed at once (docs/decisions/2026-11-27-retries.md).
    """
    asked = int(policy.take("maxRetryCount", 0))
    delay = _seconds(policy.take("backoffDuration", "0s"), policy.location)
    factor = float(policy.take("backoffFactor", 2.0))
    window = _seconds(policy.take("backoffMaxDuration", "3600s"), policy.location)
    policy.close()
    attempts = _within(window, (delay * factor**number for number in range(asked))) if delay else asked
    return ir.Retry(attempts, delay, factor) if attempts else None


def _within(window: float, waits: Iterable[float]) -> int:
    """How many waits, one after the other, end within the window."""
    return sum(1 for _ in takewhile(lambda waited: waited <= window, accumulate(waits)))


def whole_factor(retry: ir.Retry, location: Location) -> int:
    """The factor by which waits grow, as Argo takes it, which Kubeflow Pipelines hands it to.

    Raises:
        UnsupportedError: it is no whole number.
    """
    if not retry.factor.is_integer():
        location.unsupported(f"a back-off factor of {retry.factor}", "take a whole number")
    return int(retry.factor)


def _seconds(text: str, location: Location) -> float:
    match = _SECONDS.fullmatch(text)
    return float(match[1]) if match else location.broken(f"'{text}' is no duration")


def read_caching(fields: Fields) -> bool:
    """Whether an engine may take the result of an earlier run."""
    options = fields.inner("cachingOptions")
    enabled = bool(options.take("enableCache"))
    if options.take("cacheKey"):
        fields.location.unsupported("a cache key of one's own", "switch caching on or off")
    options.close()
    return enabled
