"""Everything that must be known to send a call: where the server is, who we are, and how patient we are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mlflow_sql.rest.credentials import Credentials

Flavour = Literal["oss", "databricks", "azureml"]
API_PREFIX = "/api/2.0/mlflow"


@dataclass(frozen=True, slots=True)
class Server:
    """A tracking server. The defaults are those of MLflow's own client.

    root: URL without a trailing slash, query or credentials. verify: False, True or the path of a PEM bundle.
    cert: path of a PEM file with a client's certificate and key. timeout: seconds for each attempt's answer.
    backoff_factor and backoff_jitter: seconds, see retry.delay.
    """

    root: str
    flavour: Flavour = "oss"
    auth: Credentials = field(default_factory=Credentials)
    headers: Mapping[str, str] = field(default_factory=dict)
    verify: bool | str = True
    cert: str | None = None
    timeout: float = 120.0
    max_retries: int = 7
    backoff_factor: float = 2.0
    backoff_jitter: float = 1.0
    respect_retry_after: bool = True
    allow_redirects: bool = True
    api_prefix: str = API_PREFIX

    def url(self, path: str) -> str:
        """The URL of a call's path: below the API's prefix, or below the root if it begins with "/"."""
        return f"{self.root}{path}" if path.startswith("/") else f"{self.root}{self.api_prefix}/{path}"
