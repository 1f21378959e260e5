"""The rules that all datasets of a shop share: what is known when, which rows count, attributes as they were."""
