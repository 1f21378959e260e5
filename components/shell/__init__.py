"""What every image shares: arguments, datasets, summaries, endpoints, errors. No heavy import at module level."""
