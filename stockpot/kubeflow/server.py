"""The API of Kubeflow Pipelines, spoken to by its own SDK."""

import contextlib
import io
import json
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from kfp.client import Client
from kfp.client.set_volume_credentials import ServiceAccountTokenVolumeCredentials

from components.connect.network import refuse_plaintext
from components.shell.errors import ConfigurationError, StepError
from stockpot.kubeflow.refusals import ThereAlreadyError, asked
from stockpot.kubeflow.target import ENDPOINT, Target

_TIMEOUT = 30
# What the SDK prints where it is told no address, is in no cluster, and finds no configuration of kubectl.
_NOWHERE = "Failed to load kube config"


class _Client(Client):  # type: ignore[misc]  # the client ships no types
    """The SDK's client, which by itself asks five times over half a minute before it says that it may not ask."""

    def _load_config(self, *arguments: Any, **options: Any) -> Any:
        config = super()._load_config(*arguments, **options)
        # Before a first request: by whatever way the address was found, a token may go along.
        refuse_plaintext(config.host, ENDPOINT)
        return config

    def get_kfp_healthz(self, sleep_duration: int = 5) -> Any:  # noqa: ARG002 - the SDK's interface
        # Asked while the client is made, ahead of `_bound`.
        return self._healthz_api.healthz_service_get_healthz(_request_timeout=_TIMEOUT)


class Server:
    """A Kubeflow Pipelines API. Each call fails with a ConfigurationError or a TransientError of one line."""

    def __init__(self, target: Target, environ: Mapping[str, str]) -> None:
        self.target = target
        self.endpoint = target.endpoint or environ.get(ENDPOINT, "")
        self._where = self.endpoint or "the address of kubectl's configuration"
        self._page = environ.get("KF_PIPELINES_UI_ENDPOINT", "") or self.endpoint
        self.client = self._connected(environ)
        self.namespace = target.namespace or self.client.get_user_namespace() or None

    def _connected(self, environ: Mapping[str, str]) -> _Client:
        path = self.target.token_file
        if path and not path.is_file():
            raise ConfigurationError(
                f"there is no file {path} with a token", "name another with --token-file or KF_PIPELINES_SA_TOKEN_PATH"
            )
        output = io.StringIO()
        try:
            with warnings.catch_warnings(), contextlib.redirect_stdout(output):
                warnings.simplefilter("ignore")
                client: _Client = asked(
                    lambda: _Client(
                        host=self.endpoint or None,
                        credentials=ServiceAccountTokenVolumeCredentials(str(path)) if path else None,
                        ssl_ca_cert=environ.get("REQUESTS_CA_BUNDLE") or environ.get("SSL_CERT_FILE"),
                    ),
                    self._where,
                )
        except StepError:
            if _NOWHERE not in output.getvalue():
                raise
            todo = f"give --endpoint, or set {ENDPOINT} (docs/kubeflow.md)"
            raise ConfigurationError("nothing says where Kubeflow Pipelines is", todo) from None
        _bound(client._experiment_api.api_client.rest_client)  # noqa: SLF001 - the SDK hands out none
        return client

    def ask(self, call: Callable[[], Any]) -> Any:
        """What a call of the SDK returns, which prints links as it goes."""
        with contextlib.redirect_stdout(io.StringIO()):
            return asked(call, self._where)

    def about(self) -> Mapping[str, Any]:
        """What the API says of itself: whether it has several users, and its version, which the SDK leaves out."""
        health = self.client._healthz_api  # noqa: SLF001 - the SDK hands out none
        answer: dict[str, Any] = self.ask(
            lambda: dict(json.loads(health.healthz_service_get_healthz(_preload_content=False).data))
        )
        return answer

    def made(self, find: Callable[[], Any], make: Callable[[], Any]) -> Any:
        """The existing object; else the one that is made, or that another has made in the meantime."""
        existing = self.ask(find)
        if existing is not None:
            return existing
        with contextlib.suppress(ThereAlreadyError):
            return self.ask(make)
        return self.ask(find)

    def link(self, path: str) -> str:
        """The address of a page in the UI; the path alone where nobody knows the UI's."""
        return f"{self._page.rstrip('/')}/#/{path}"


def named(name: str) -> str:
    """The filter for things of that name."""
    return json.dumps({"predicates": [{"operation": "EQUALS", "key": "display_name", "stringValue": name}]})


def _bound(rest: Any) -> None:
    """Have every request end after a while: by itself it would wait for an answer for ever."""
    plain = rest.request

    def request(*arguments: Any, **options: Any) -> Any:
        return plain(*arguments, **{**options, "_request_timeout": options.get("_request_timeout") or _TIMEOUT})

    rest.request = request
