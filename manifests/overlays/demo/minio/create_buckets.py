"""Creates the buckets named as arguments, as often as it is called; artifacts of runs go away after thirty days."""

import sys

from minio import Minio
from minio.commonconfig import ENABLED, Filter
from minio.error import S3Error
from minio.lifecycleconfig import Expiration, LifecycleConfig, Rule

from components.connect.endpoints import object_store
from components.connect.store import connect, translated

RUNS = LifecycleConfig(
    [Rule(ENABLED, rule_filter=Filter(prefix="runs/"), rule_id="runs", expiration=Expiration(days=30))]
)


def create(client: Minio, bucket: str) -> None:
    """Create the bucket where there is none, and set its rule."""
    with translated(bucket):
        try:
            client.make_bucket(bucket)
        except S3Error as error:
            if error.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                raise
        client.set_bucket_lifecycle(bucket, RUNS)
    sys.stdout.write(f"{bucket} is there\n")


def main() -> None:
    """Create every bucket named."""
    client = connect(object_store())
    for bucket in sys.argv[1:]:
        create(client, bucket)


if __name__ == "__main__":
    main()
