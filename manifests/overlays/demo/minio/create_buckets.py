"""Creates the buckets named as arguments, as often as it is called.

Artifacts of runs go away after thirty days, and reports when the index has forgotten them.
"""

import sys

from minio import Minio
from minio.commonconfig import ENABLED, Filter
from minio.error import S3Error
from minio.lifecycleconfig import Expiration, LifecycleConfig, Rule

from components.connect.endpoints import object_store
from components.connect.store import connect, translated

DAYS = {"runs": 30, "reports": 90}
RULES = LifecycleConfig(
    [
        Rule(ENABLED, rule_filter=Filter(prefix=f"{name}/"), rule_id=name, expiration=Expiration(days=days))
        for name, days in DAYS.items()
    ]
)


def create(client: Minio, bucket: str) -> None:
    """Create the bucket where there is none, and set its rules."""
    with translated(bucket):
        try:
            client.make_bucket(bucket)
        except S3Error as error:
            if error.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                raise
        client.set_bucket_lifecycle(bucket, RULES)
    sys.stdout.write(f"{bucket} is there\n")


def main() -> None:
    """Create every bucket named."""
    client = connect(object_store())
    for bucket in sys.argv[1:]:
        create(client, bucket)


if __name__ == "__main__":
    main()
