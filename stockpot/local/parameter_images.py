"""Images that parameters say: which one it is in this run."""

from dataclasses import replace

from components.shell.errors import ConfigurationError
from stockpot.compiler import ir
from stockpot.compiler.placeholders import InputParameter, text_of
from stockpot.local.values import Inputs


def with_image(container: ir.Container, inputs: Inputs, task: str) -> ir.Container:
    """The container with the image that its inputs say; where it is known beforehand, as it is.

    Raises:
        ConfigurationError: an input has no value.
    """

    def value(part: InputParameter) -> str:
        if part.name not in inputs.parameters:
            raise ConfigurationError(f"the image of {task} comes from a parameter without value", "give it a default")
        return text_of(inputs.parameters[part.name])

    if not container.image_text.parts:
        return container
    return replace(container, image=container.image_text.render(value), image_text=ir.NOTHING)
