"""Exit handlers, failures that are ignored, and further tries."""

from kfp import dsl

from tests.corpus import steps
from tests.corpus.case import case
from tests.corpus.cases_loops import LEFT_OUT


@dsl.container_component
def farewell(status: dsl.PipelineTaskFinalStatus, said: dsl.OutputPath(str), text: str = "bye"):
    """Hand on a text and the state of what is guarded."""
    script = """printf '%s ' "$2"; printf %s "$1" | sed 's/.*"state": *"\\([A-Z]*\\)".*/\\1/' | tr -d '\\n'"""
    return steps.shell(script, said, status, text)


@case({"say": ["bye"], "say-2": ["work"]})
def handler():
    """A task that runs at the end."""
    with dsl.ExitHandler(exit_task=steps.say(text="bye")):
        steps.say(text="work")


@case({"say": ["bye"]}, state="failed")
def handler_after_a_failure():
    """It runs after a failure too, and the run has failed."""
    with dsl.ExitHandler(exit_task=steps.say(text="bye")):
        steps.fail(code=3)


@case({"farewell": ["bye SUCCEEDED"], "say": ["work"]})
def handler_told_of_success():
    """It hears how the rest has ended."""
    with dsl.ExitHandler(exit_task=farewell()):
        steps.say(text="work")


@case({"farewell": ["so long FAILED"]}, state="failed")
def handler_told_of_failure():
    """It hears of a failure, and takes inputs of its own."""
    with dsl.ExitHandler(exit_task=farewell(text="so long")):
        steps.fail(code=1)


@case({"say": ["to soup"], "say-2": ["work"]})
def handler_with_a_parameter(name: str = "soup"):
    """It reads parameters of the pipeline."""
    with dsl.ExitHandler(exit_task=steps.say(text=f"to {name}")):
        steps.say(text="work")


@case({"say": ["first"], "say-2": ["bye"], "say-3": ["work"]})
def handler_of_a_part():
    """It belongs to a part of the pipeline that waits for a task outside."""
    first = steps.say(text="first")
    with dsl.ExitHandler(exit_task=steps.say(text="bye")):
        steps.say(text="work").after(first)


@case({"say": ["bye one"], "say-2": ["one"], "say-3": ["bye two"], "say-4": ["two"]})
def handlers_side_by_side():
    """Two parts have one each."""
    with dsl.ExitHandler(exit_task=steps.say(text="bye one")):
        steps.say(text="one")
    with dsl.ExitHandler(exit_task=steps.say(text="bye two")):
        steps.say(text="two")


@case({"say": ["bye"], "say-2": ["a", "b"]})
def handler_of_a_loop():
    """A loop within the guarded part."""
    with dsl.ExitHandler(exit_task=steps.say(text="bye")), dsl.ParallelFor(["a", "b"]) as item:
        steps.say(text=item)


@case({"say": ["bye"], "say-2": ["yes"]})
def handler_of_a_condition(number: int = 3):
    """A condition within the guarded part."""
    with dsl.ExitHandler(exit_task=steps.say(text="bye")), dsl.If(number == 3):
        steps.say(text="yes")


@dsl.pipeline(name="guarded")
def guarded(text: str):
    """A pipeline that guards its own work."""
    with dsl.ExitHandler(exit_task=steps.say(text=f"bye {text}")):
        steps.say(text=text)


@case({"say": ["bye a"], "say-2": ["a"]})
def handler_in_a_pipeline():
    """A handler within a nested pipeline."""
    guarded(text="a")


@case({"say": ["bye a", "bye b"], "say-2": ["a", "b"]})
def handler_in_a_loop():
    """A pipeline with a handler, in a loop."""
    with dsl.ParallelFor(["a", "b"]) as item:
        guarded(text=item)


@case({}, state="failed")
def failure():
    """A step that fails fails the run."""
    steps.fail(code=7)


@case({"say": ["first"]}, state="failed")
def failure_on_the_way():
    """What waits for it does not run."""
    bad = steps.fail(code=7).after(steps.say(text="first"))
    steps.say(text="never").after(bad)


@case({"say": ["all the same"]}, state="failed")
def failure_ignored():
    """A task that ignores failures runs; the run has failed."""
    bad = steps.fail(code=7)
    steps.say(text="all the same").after(bad).ignore_upstream_failure()


@case({"say": ["a"], "say-2": ["after a"]})
def failure_that_did_not_come():
    """Where nothing has failed it is an ordinary task."""
    steps.say(text=f"after {steps.say(text='a').output}").ignore_upstream_failure()


@case({}, state="failed", tries={"fail": 3})
def retries():
    """A step is tried again as often as it says, whatever its exit code."""
    steps.fail(code=1).set_retry(num_retries=2, backoff_duration="0s")


@case({"say": ["once"]}, tries={"say": 1})
def retries_not_needed():
    """A step that ends well is not."""
    steps.say(text="once").set_retry(
        num_retries=2, backoff_duration="1s", backoff_factor=2.0, backoff_max_duration="4s"
    )


@case({"say": ["bye"]}, state="failed", tries={"fail": 2})
def retries_before_a_handler():
    """The handler waits for the last try."""
    with dsl.ExitHandler(exit_task=steps.say(text="bye")):
        steps.fail(code=9).set_retry(num_retries=1, backoff_duration="0s")


@case({"say": ["a"], "say-2": ["b"]})
def caching_switched(name: str = "b"):
    """Whether a result may be reused changes nothing of what a run says."""
    steps.say(text="a").set_caching_options(enable_caching=True)
    steps.say(text=name).set_caching_options(enable_caching=False)


@case({"say": ["a"]}, refused="a back-off factor of 1.5")
def back_off_by_a_fraction():
    """Argo takes whole numbers alone."""
    steps.say(text="a").set_retry(num_retries=2, backoff_duration="1s", backoff_factor=1.5)


@case({"say": ["bye"], "say-2": ["for A of soup", "for B of soup"]}, kfp_local=LEFT_OUT)
def loop_in_a_guarded_part(items: list = ["A", "B"], name: str = "soup"):  # noqa: B006 - KFP reads the default alone
    """A text in the loop names its item, and what the loop goes over is a parameter of the pipeline."""
    with dsl.ExitHandler(exit_task=steps.say(text="bye")), dsl.ParallelFor(items) as item:
        steps.say(text=f"for {item} of {name}")
