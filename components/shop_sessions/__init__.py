"""Cuts a shop's events into sessions, counts how far they came in funnels, and commits what new events change."""
