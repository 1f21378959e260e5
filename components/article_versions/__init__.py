"""Checks and completes a shop's articles, numbers what they said before, and tells what has changed in the catalogue."""
