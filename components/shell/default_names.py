"""GourmetGram's names: what the platform's things are called where the environment says nothing else."""

CATALOG = "gourmetgram"
BUCKET = "gourmetgram-datalake"
DATABASE = "gourmetgram"
