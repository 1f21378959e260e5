"""Seven steps that hand a value on, on Metaflow: each a Python process of its own."""

from metaflow import FlowSpec, step


class SevenSteps(FlowSpec):
    """Seven of them."""

    @step
    def start(self):
        """The first."""
        self.said = ""
        self.next(self.two)

    @step
    def two(self):
        """The second."""
        self.said = self.said
        self.next(self.three)

    @step
    def three(self):
        """The third."""
        self.said = self.said
        self.next(self.four)

    @step
    def four(self):
        """The fourth."""
        self.said = self.said
        self.next(self.five)

    @step
    def five(self):
        """The fifth."""
        self.said = self.said
        self.next(self.six)

    @step
    def six(self):
        """The sixth."""
        self.said = self.said
        self.next(self.end)

    @step
    def end(self):
        """The last."""
        self.said = self.said


if __name__ == "__main__":
    SevenSteps()
