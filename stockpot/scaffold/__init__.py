"""New steps and pipelines, written from templates."""
