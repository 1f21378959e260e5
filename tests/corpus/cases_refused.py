"""What is refused by name, with what to do instead."""

from kfp import dsl, kubernetes

from tests.corpus import steps
from tests.corpus.case import case
from tests.corpus.cases_pipelines import inner


@case({}, state="refused", refused="set_retry() on a nested pipeline")
def retries_of_a_pipeline():
    """The tasks within are tried again, not the whole."""
    inner(text="a").set_retry(num_retries=1)


@case({}, state="refused", refused="ignore_upstream_failure() of a task that waits for several")
def failures_ignored_of_several():
    """KFP runs such a task once for each that it waits for."""
    steps.say(text="x").after(steps.say(text="a"), steps.say(text="b")).ignore_upstream_failure()


@case({}, state="refused", refused="$.pipeline_task_uuid")
def id_of_the_task():
    """A name in KFP's own store."""
    steps.say(text=dsl.PIPELINE_TASK_ID_PLACEHOLDER)


@case({}, state="refused", refused="$.pipeline_root")
def root_of_the_pipeline():
    """An address in KFP's own store."""
    steps.say(text=dsl.PIPELINE_ROOT_PLACEHOLDER)


@case({}, state="refused", refused="a cache key of one's own")
def cache_key():
    """Whether a result is reused is switched, not named."""
    steps.say(text="a").set_caching_options(enable_caching=True, cache_key="soup")


@case({}, state="refused", refused="from a parameter beside others of its kind")
def tolerations_of_two_kinds(tolerations: list = []):  # noqa: B006 - KFP reads the default and never calls this
    """Argo's expressions join no lists."""
    task = kubernetes.add_toleration(steps.say(text="a"), key="corpus", operator="Exists")
    kubernetes.add_toleration_json(task, tolerations)
