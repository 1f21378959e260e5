"""A pipeline outside the repository, with a step of its own; docs/own-pipeline.md tells about it."""

from pathlib import Path

from kfp import dsl

# The step's code travels as part of its command: the image needs Python and the lock's packages, nothing else.
_COUNT = Path(__file__).with_name("count_words.py").read_text()
# The last part of the name says where the lock is: images/count_words/requirements.txt beside this file.
_IMAGE = "registry.example.org/word-counts/count-words:1"


@dsl.container_component
def count_words(text: str, shortest: int, words: dsl.Output[dsl.Dataset], rows: dsl.OutputPath(int)):
    """Count the words of a text."""
    return dsl.ContainerSpec(
        image=_IMAGE,
        command=["python", "-c", _COUNT],
        args=["--text", text, "--shortest", shortest, "--words", words.path, "--rows", rows],
    )


@dsl.pipeline(name="word-counts")
def word_counts(text: str = "soup of the day, and the soup of tomorrow", shortest: int = 3) -> None:
    """Count the words of a text.

    Args:
        text: What is counted.
        shortest: Words of fewer letters are left out.
    """
    count_words(text=text, shortest=shortest).set_memory_limit("512Mi")
