"""Cuts a shop's events into sessions, tells how far they came in funnels, and commits what new events change."""
