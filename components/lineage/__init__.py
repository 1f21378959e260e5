"""What OpenLineage is told of runs: its events, the names that it has for tables and topics, and how they are sent."""
