"""Creates what the other steps only open: catalog tables, namespaces, Iceberg tables and `etl_runs`."""
