"""Planted errors: lines of the project, each changed by an operator, that some test of their own module has to find."""
