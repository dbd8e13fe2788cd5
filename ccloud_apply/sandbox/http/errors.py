"""The error replies of the emulator, and the exceptions with which a handler refuses.

Shapes and wording only. What is refused is decided by checks.py and the handlers.
"""

from collections.abc import Mapping, Sequence

JSON = dict[str, object]


class Refusal(Exception):
    """A request that is answered with an error: status, JSON body, headers."""

    def __init__(self, status: int, body: JSON, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


class Invalid(Exception):
    """422: the messages of each invalid field."""

    def __init__(self, errors: Mapping[str, str | Sequence[str]]) -> None:
        super().__init__("422")
        self.errors = {
            name: [texts] if isinstance(texts, str) else list(texts)
            for name, texts in errors.items()
        }

    def refusal(self, *, lists: bool) -> Refusal:
        """The reply in the documented shape; with `lists`, in Laravel's own shape.

        Oddity: docs/reference/api-oddities.md, "422 bodies".
        """
        texts = [text for field in self.errors.values() for text in field]
        more = len(texts) - 1
        message = texts[0]
        if more:
            message += f" (and {more} more error{'s' if more > 1 else ''})"
        shown: dict[str, object] = {
            name: field if lists else " ".join(field) for name, field in self.errors.items()
        }
        return Refusal(422, {"message": message, "errors": shown})


def unauthenticated() -> Refusal:
    """401 for a call without a known token."""
    return Refusal(401, {"message": "Unauthenticated."})


def forbidden() -> Refusal:
    """403 for what the token may not do."""
    return Refusal(403, {"message": "This action is unauthorized."})


def not_found(what: str) -> Refusal:
    """404 for a resource that the account does not have."""
    return Refusal(404, {"message": f"{what} could not be found."})


def method_not_allowed(method: str, path: str, allowed: Sequence[str]) -> Refusal:
    """405 with the methods that the path supports."""
    known = ", ".join(allowed)
    message = f"The {method} method is not supported for route {path}. Supported methods: {known}."
    return Refusal(405, {"message": message}, {"Allow": known})


def unsupported_grant() -> Refusal:
    """400 of the token operation: OAuthBadRequestResponse."""
    text = "The authorization grant type is not supported by the authorization server."
    return Refusal(
        400,
        {
            "error": "unsupported_grant_type",
            "error_description": text,
            "hint": "Check that all required parameters have been provided",
            "message": text,
        },
    )


def invalid_request(parameter: str) -> Refusal:
    """400 of the token operation for a parameter that is no text: OAuthBadRequestResponse."""
    text = "The request is missing a required parameter or includes an invalid parameter value."
    return Refusal(
        400,
        {
            "error": "invalid_request",
            "error_description": text,
            "hint": f"Check the `{parameter}` parameter",
            "message": text,
        },
    )


def invalid_client() -> Refusal:
    """401 of the token operation: OAuthUnauthorizedResponse."""
    text = "Client authentication failed"
    return Refusal(401, {"error": "invalid_client", "error_description": text, "message": text})
