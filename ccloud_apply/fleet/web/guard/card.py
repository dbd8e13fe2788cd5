"""A page with one card and nothing else: the sign-in, and whatever is refused."""

from html import escape


def render_card(title: str, content: str) -> str:
    """The whole page. `title` is text and its heading too, `content` is HTML."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)} - ccloud-apply</title>\n"
        '<link rel="icon" href="/static/fleet.svg">\n'
        '<link rel="stylesheet" href="/static/fleet.css">\n</head>\n'
        '<body>\n<main class="card">\n<p class="mark"><span>ccloud</span> fleet</p>\n'
        f"<h1>{escape(title)}</h1>\n{content}\n</main>\n</body>\n</html>\n"
    )
