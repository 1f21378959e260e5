"""Sample data: a small, deterministic history of the source system, with everything real data gets wrong."""
