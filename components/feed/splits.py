"""The parts of a feed's rows in time, and the column that says to which a row belongs."""

SPLIT = "split"
SPLITS = ("train", "val", "test")
