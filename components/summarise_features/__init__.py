"""A page about the features of a dataset: distributions, click rates, nulls, drift."""
