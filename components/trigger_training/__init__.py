"""Starts the user's training workflow on a snapshot."""
