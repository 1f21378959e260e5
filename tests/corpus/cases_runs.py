"""What a step may ask of its run: names, times, and the variables of its task."""

from kfp import dsl

from tests.corpus import steps
from tests.corpus.case import case

KUBERNETES = "kfp/local/task_dispatcher.py starts the words as they are; Kubernetes puts variables in"
NO_TIMES = "kfp/local/placeholder_utils.py writes the time of the machine without a zone; the backend writes UTC"


@dsl.container_component
def matches(text: str, pattern: str, said: dsl.OutputPath(bool)):
    """Say whether a text has a form."""
    return steps.shell(
        'if printf %s "$1" | grep -Eqx "$2"; then printf true; else printf false; fi', said, text, pattern
    )


@dsl.container_component
def variables(said: dsl.OutputPath(str)):
    """Hand on variables."""
    return steps.shell('printf %s "$DISH|$MORE|${NONE-unset}"', said)


@dsl.container_component
def in_words(said: dsl.OutputPath(str)):
    """Name variables in a command."""
    return steps.join(said, "$(DISH)", "--dish=$(DISH)!", "$(NOBODY)")


_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"


@case({"matches": [True]})
def name_of_the_run():
    """The run's name is not empty."""
    matches(text=dsl.PIPELINE_JOB_NAME_PLACEHOLDER, pattern="[^{}]+")


@case({"matches": [True]}, kfp_local="kfp/local/placeholder_utils.py does not know this name; driver/resolve.go does")
def resource_name_of_the_run():
    """Nor is its name in the store."""
    matches(text=dsl.PIPELINE_JOB_RESOURCE_NAME_PLACEHOLDER, pattern="[^{}]+")


@case({"matches": [True]})
def id_of_the_run():
    """Nor its id."""
    matches(text=dsl.PIPELINE_JOB_ID_PLACEHOLDER, pattern="[^{}]+")


@case(
    {"say": ["say"]},
    kfp_local="kfp/local/executor_input_utils.py adds a time to the component's name; the driver takes the task's",
)
def name_of_the_task():
    """The task's own name."""
    steps.say(text=dsl.PIPELINE_TASK_NAME_PLACEHOLDER)


@case({"matches": [True]}, kfp_local=NO_TIMES)
def time_of_creation():
    """When the run was made, in UTC."""
    matches(text=dsl.PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER, pattern=_TIME)


@case({"matches": [True]}, kfp_local=NO_TIMES)
def scheduled_time():
    """When it was to begin, in UTC."""
    matches(text=dsl.PIPELINE_JOB_SCHEDULE_TIME_UTC_PLACEHOLDER, pattern=_TIME)


@case({"matches": [True], "say-bool": [True]}, kfp_local=NO_TIMES)
def in_a_pipeline():
    """In a nested pipeline as well."""
    steps.say_bool(x=asked().output)


@dsl.pipeline(name="asked")
def asked() -> bool:
    """Ask from within."""
    return matches(text=dsl.PIPELINE_JOB_CREATE_TIME_UTC_PLACEHOLDER, pattern=_TIME).output


@case({"variables": ["soup|two  words|unset"]})
def variables_of_a_task():
    """Variables are set as they are."""
    variables().set_env_variable("DISH", "soup").set_env_variable("MORE", "two  words")


@case({"variables": ["soup|$HOME {{x}} é|unset"]})
def variables_with_signs():
    """No engine reads their values."""
    variables().set_env_variable("DISH", "soup").set_env_variable("MORE", "$HOME {{x}} é")


@case({"variables": ["soup|soup!|unset"]}, kfp_local=KUBERNETES)
def variables_of_variables():
    """Kubernetes puts one variable into another."""
    variables().set_env_variable("DISH", "soup").set_env_variable("MORE", "$(DISH)!")


@case({"in-words": ["soup|--dish=soup!|$(NOBODY)|"]}, kfp_local=KUBERNETES)
def variables_in_words():
    """And into the words of a command."""
    in_words().set_env_variable("DISH", "soup")
