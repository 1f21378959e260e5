"""The object store, whose failures say whether to try again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from components.connect.endpoints import ObjectStore
from components.connect.network import authorities, proxy_for, unproven
from components.connect.pools import pool
from components.shell.errors import ConfigurationError, StepError, TransientError

if TYPE_CHECKING:
    from minio import Minio
    from minio.error import S3Error

# What the store answers for an object that is not there; to a HEAD it cannot give more than the number.
ABSENT = ("NoSuchKey", "NoSuchObject", "ResourceNotFound")
_WRONG_KEYS = ("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidTokenId", "ExpiredToken")
_WRONG_BUCKET = ("NoSuchBucket", "InvalidBucketName", "PermanentRedirect", "AuthorizationHeaderMalformed")
_TRIES = {"total": 3, "read": 1, "backoff_factor": 0.2, "status_forcelist": [500, 502, 503, 504]}


def connect(store: ObjectStore) -> "Minio":
    """A client that tries a failing call four times within seconds and then gives up; nothing is sent yet."""
    from minio import Minio

    client = Minio(
        store.host,
        store.access_key,
        store.secret_key,
        session_token=store.session_token or None,
        region=store.region or None,
        secure=store.secure,
        http_client=pool(proxy_for(f"{store.scheme}://{store.host}"), authorities(), seconds=(5, 60), tries=_TRIES),
    )
    if store.virtual:
        client.enable_virtual_style_endpoint()  # type: ignore[no-untyped-call]  # of minio's own
    return client


def require_bucket(client: "Minio", bucket: str) -> None:
    """Nothing, if the bucket exists and the keys may look into it.

    Raises:
        ConfigurationError: the bucket is missing, its name is none, or the keys are wrong.
        TransientError: the store does not answer.
    """
    with translated(bucket):
        if not client.bucket_exists(bucket):
            raise ConfigurationError(f"bucket {bucket} does not exist", "create it, or correct the parameter bucket")


@contextmanager
def translated(bucket: str) -> Iterator[None]:
    """Turn the client's errors into errors with an exit code."""
    from minio.error import MinioException, S3Error
    from urllib3.exceptions import HTTPError

    try:
        yield
    except S3Error as error:
        raise classify(error, bucket) from error
    except (MinioException, HTTPError, ConnectionError) as error:
        if known := unproven(error):
            raise known from None
        text = f"the object store does not answer: {type(error).__name__}"
        raise TransientError(text, "check that it runs and MINIO_ENDPOINT is right, then try again") from error
    except ValueError as error:
        raise ConfigurationError(
            f"the object store's client refused: {error}", "correct the parameter bucket"
        ) from error


def classify(error: "S3Error", bucket: str) -> StepError:
    """The step error that stands for an answer of the store: its keys, its bucket, or a matter of time."""
    if error.code in _WRONG_KEYS:
        todo = "check MINIO_ACCESS_KEY and MINIO_SECRET_KEY and their rights on the bucket"
        return ConfigurationError(f"the object store refused the keys for bucket {bucket}: {error.code}", todo)
    if error.code in _WRONG_BUCKET:
        return ConfigurationError(f"bucket {bucket} cannot be used: {error.code}", "correct the parameter bucket")
    if error.code == "RequestTimeTooSkewed":
        problem = "the object store refused, for its clock and this machine's are far apart"
        return ConfigurationError(problem, "set both by the same time server")
    return TransientError(f"the object store failed on bucket {bucket}: {error.code}", "try again")
