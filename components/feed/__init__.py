"""What the steps of a feed share: its tables, and the features of its interactions."""
