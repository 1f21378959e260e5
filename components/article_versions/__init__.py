"""Checks a shop's articles, numbers the versions of what they say, and reports what has changed in the catalogue."""
