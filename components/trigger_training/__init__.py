"""Submits the user's training workflow on the snapshot that was just loaded."""
