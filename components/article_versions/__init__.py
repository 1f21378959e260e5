"""Checks a shop's articles, numbers the versions of what they say, and tells what has changed in the catalogue."""
