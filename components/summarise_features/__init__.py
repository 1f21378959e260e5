"""Draws what the features look like, and how far they have moved since the last run."""
