"""Proves that no feature leaks, and draws what features look like and how far they have moved since the last run."""
