"""Cookies of the page: never for scripts, never for other sites' requests, never over plain HTTP
where the page has HTTPS."""

from http.cookies import SimpleCookie

from ccloud_apply.lazy_dataclass import dataclass

SESSION = "fleet-session"
FORM = "fleet-form"
SIGN_IN = "fleet-sign-in"


@dataclass(frozen=True, slots=True)
class Cookies:
    """The cookies of a page that is reached by HTTPS or not.

    With HTTPS their names begin with `__Host-`: no other host of the same domain can set them.
    """

    is_https: bool

    def name(self, name: str) -> str:
        """What the browser knows it by."""
        return f"__Host-{name}" if self.is_https else name

    def read(self, header: str | None, name: str) -> str | None:
        """The cookie's text in a Cookie header; None where it is missing, or there twice."""
        wanted = self.name(name)
        pairs = (part.strip().partition("=") for part in (header or "").split(";"))
        found = [text for key, sign, text in pairs if sign and key == wanted]
        return found[0] if len(found) == 1 and found[0] else None

    def set(self, name: str, text: str, *, max_age_s: int) -> str:
        """A Set-Cookie header; `max_age_s` of 0 removes it. Lax: a link from elsewhere finds its
        reader signed in, a form from elsewhere does not."""
        cookie = SimpleCookie({self.name(name): text})[self.name(name)]
        cookie["path"] = "/"
        cookie["httponly"] = True
        cookie["samesite"] = "Lax"
        cookie["max-age"] = str(max_age_s)
        if self.is_https:
            cookie["secure"] = True
        return cookie.OutputString()
