"""The pipelines, one a file, and what is theirs alone."""
