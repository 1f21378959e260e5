"""Validates vectors before they are committed: whether they are such, what they leave out, and who is near whom."""
