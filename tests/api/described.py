"""A client of the API that knows nothing but its published description, and compares every response with it."""

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client
from jsonschema import Draft202012Validator

DESCRIPTION = "/api/v1/openapi.json"


@dataclass(frozen=True)
class Answer:
    """A response: its status, its JSON or text, and its headers."""

    status: int
    content: Any
    headers: Any


class ApiClient:
    """Calls operations by their id, with a token."""

    def __init__(self, token: str = "", client: Client | None = None) -> None:
        self.http = client or Client(enforce_csrf_checks=True)
        self.token = token
        self.description = self.http.get(DESCRIPTION).json()
        self.operations = {
            operation["operationId"]: (path, method, operation)
            for path, methods in self.description["paths"].items()
            for method, operation in methods.items()
        }

    def call(self, operation_id: str, body: Any = None, **parameters: Any) -> Answer:
        """Send a request as the description says, and check body and response against it."""
        path, method, operation = self.operations[operation_id]
        places = {each["name"]: each["in"] for each in operation.get("parameters", ())}
        in_path = {name: value for name, value in parameters.items() if places[name] == "path"}
        query = {name: value for name, value in parameters.items() if places[name] == "query"}
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent = b"" if body is None else json.dumps(body).encode()
        response = self.http.generic(
            method.upper(),
            path.format(**in_path),
            sent,
            content_type="application/json",
            headers=headers,
            query_params=query,
        )
        content_type = response["Content-Type"].partition(";")[0]
        described = operation["responses"].get(str(response.status_code), operation["responses"]["default"])
        schema = described["content"][content_type]["schema"]
        content = response.json() if content_type.endswith("json") else response.content.decode()
        Draft202012Validator({**schema, "components": self.description["components"]}).validate(content)
        return Answer(response.status_code, content, response.headers)
