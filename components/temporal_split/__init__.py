"""Training, validation and test rows, one after the other in time."""
