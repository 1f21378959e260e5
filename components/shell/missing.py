"""What is said of a table that does not exist. A step knows no pipelines; who knows them names the one to run."""

FILL = "run the pipeline that fills it"
