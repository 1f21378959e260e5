"""Seven steps that do nothing, one after the other, on Metaflow: each a Python process of its own."""

from metaflow import FlowSpec, step


class SevenSteps(FlowSpec):
    """Seven of them."""

    @step
    def start(self):
        """The first."""
        self.next(self.two)

    @step
    def two(self):
        """The second."""
        self.next(self.three)

    @step
    def three(self):
        """The third."""
        self.next(self.four)

    @step
    def four(self):
        """The fourth."""
        self.next(self.five)

    @step
    def five(self):
        """The fifth."""
        self.next(self.six)

    @step
    def six(self):
        """The sixth."""
        self.next(self.end)

    @step
    def end(self):
        """The last."""


if __name__ == "__main__":
    SevenSteps()
