"""Says from when on a shop's events are read out of Postgres, and brings them into the form in which events land."""
