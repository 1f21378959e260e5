"""Features for ranking a feed, each from what was known strictly before its row."""
