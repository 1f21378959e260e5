"""A run on a terminal's whole screen, while it goes on: its steps, their times and rows, and what they say."""
