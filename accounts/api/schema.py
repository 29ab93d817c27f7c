"""The schema tells how the API says no: every operation may answer with a problem (RFC 9457)."""

from typing import Any

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {},
        "errors": {"description": "What is wrong, by field."},
    },
}
_REFUSALS = {
    "400": "A value is wrong, or a filter does not exist.",
    "401": "No session and no valid key.",
    "403": "The key's scope or the person's role does not allow it.",
    "404": "It does not exist, or the caller may not see it.",
    "415": "The body is no JSON.",
    "429": "Too many requests; Retry-After says when again.",
}
_OF_CHANGES = {"409": "Somebody else changed the same field; the body holds both values."}


def add_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Postprocessing hook: name the refusals of every operation that does not name them itself."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in result.get("paths", {}).values():
        for method, operation in path.items():
            refusals = _REFUSALS | (_OF_CHANGES if method in {"put", "patch"} else {})
            for code, words in refusals.items():
                operation.setdefault("responses", {}).setdefault(code, {"description": words, "content": content})
    return result
