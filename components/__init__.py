"""The steps: one folder per container image, and the shell they share."""
