"""OpenLineage: the events of runs, its names for tables and topics, and how events are sent."""
