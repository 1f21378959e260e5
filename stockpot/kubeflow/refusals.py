"""What the API's refusals mean: one line each, with what to do."""

import json
import ssl
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from kfp_server_api.exceptions import ApiException, OpenApiException
from urllib3.exceptions import HTTPError

from components.shell.errors import ConfigurationError, StepError, TransientError

_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _CONFLICT, _TOO_MANY, _SERVER = 401, 403, 404, 409, 429, 500
T = TypeVar("T")


class ThereAlreadyError(ConfigurationError):
    """Somebody made a thing of that name in the meantime."""


class GoneError(ConfigurationError):
    """There is no such thing any longer."""


_KINDS: Mapping[int, tuple[type[ConfigurationError], str]] = {
    _FORBIDDEN: (ConfigurationError, "ask for rights in that namespace"),
    _NOT_FOUND: (GoneError, "somebody deleted it"),
    _CONFLICT: (ThereAlreadyError, "run the command again"),
}


def asked(call: Callable[[], T], endpoint: str) -> T:
    """What the call returns.

    Raises:
        ConfigurationError: the API does not know or not let in who asks, or refuses what is asked.
        TransientError: it gives no answer, or one that says nothing.
    """
    try:
        return call()
    except ApiException as error:
        raise _refusal(error, endpoint) from None
    except (HTTPError, OSError) as error:
        raise _silence(error, endpoint) from None
    except (OpenApiException, ValueError, TypeError) as error:
        # What stands at the address answers, but not as this API does: a login page, or another service.
        message = " ".join(str(error).split())[:200]
        raise ConfigurationError(
            f"{endpoint} does not answer like Kubeflow Pipelines: {message}", "check KF_PIPELINES_ENDPOINT"
        ) from None


def _refusal(error: ApiException, endpoint: str) -> StepError:
    message = _message(error.body)
    if error.status in {0, None, _TOO_MANY} or error.status >= _SERVER:
        problem = f"Kubeflow Pipelines at {endpoint} answers with {error.status}: {message or error.reason}"
        return TransientError(problem, "try again")
    if error.status == _UNAUTHORIZED:
        todo = "give a token with --token-file or KF_PIPELINES_SA_TOKEN_PATH, or renew it (docs/kubeflow.md)"
        return ConfigurationError(f"Kubeflow Pipelines at {endpoint} does not know you", todo)
    if error.status == _NOT_FOUND and not message:
        return ConfigurationError(f"there is no Kubeflow Pipelines API at {endpoint}", "check KF_PIPELINES_ENDPOINT")
    kind, todo = _KINDS.get(error.status, (ConfigurationError, "correct what it names"))
    return kind(f"Kubeflow Pipelines refused: {message or error.reason}", todo)


def _message(body: Any) -> str:
    """What the API says in its answer; nothing where the answer is none of its own."""
    try:
        answer = json.loads(body)
        message = answer.get("message") or answer.get("error") or ""
    except (TypeError, ValueError, AttributeError):
        return ""
    return " ".join(str(message).split())[:400]


def _silence(error: Exception, endpoint: str) -> StepError:
    reason = getattr(error, "reason", None) or error
    if isinstance(reason, ssl.SSLError) or "SSL" in type(reason).__name__:
        todo = "name its authority in REQUESTS_CA_BUNDLE; where it speaks plain HTTP, write http:// in the endpoint"
        return ConfigurationError(f"the certificate of {endpoint} cannot be verified", todo)
    problem = f"Kubeflow Pipelines at {endpoint} does not answer: {type(reason).__name__}"
    return TransientError(problem, "check KF_PIPELINES_ENDPOINT, then try again")
