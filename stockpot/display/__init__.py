"""What pipelines, runs and tables look like to people: graphs, boxes, tables."""
