"""Steps under clocks that jump, in zones that change theirs."""
