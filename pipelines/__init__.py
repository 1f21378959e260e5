"""The pipelines, one a file, and what compiles, runs and shows them."""
