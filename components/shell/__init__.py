"""What every step needs: arguments, datasets, summaries, errors, schema. No heavy import at module level."""
