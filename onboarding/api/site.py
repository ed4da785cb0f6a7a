"""The API under /api/v1/: its routers, and its description (OpenAPI 3.1) at /api/v1/openapi.json."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

from onboarding.api import desk, partners
from onboarding.api.problems import PROBLEM_TYPE, add_handlers

PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "string"}}},
    },
}
PROBLEM_RESPONSE = {
    "description": "A problem (RFC 9457)",
    "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class Api(NinjaAPI):
    """The API. No response is cached, and the description has the problem of every operation."""

    def create_response(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return a response that no cache stores."""
        response: HttpResponse = super().create_response(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        return response

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """Return the description."""
        schema = super().get_openapi_schema(**kwargs)
        schema["components"]["schemas"]["Problem"] = PROBLEM_SCHEMA
        for methods in schema["paths"].values():
            for operation in methods.values():
                operation["responses"]["default"] = PROBLEM_RESPONSE
        return schema


# The title is for programmers, and not translated.
api = Api(title="Onboarding", version="1", urls_namespace="api-v1", docs_url=None, openapi_url="/openapi.json")
api.add_router("", partners.router)
api.add_router("/desk", desk.router)
add_handlers(api)
