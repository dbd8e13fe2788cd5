"""What mkdocs.yml cannot say: addresses of the one constant, the navigation, links out of docs/.

mkdocs calls the functions named `on_...`. At a Git host a link of a page is a path of the
repository; here it becomes a page of the site, or an address at the repository.
"""

import posixpath
import re
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from ccloud_apply.home import REPOSITORY_URL, docs_url, has_home
from website.navigation import DOCS, INDEX, ROOT, SCHEMAS, find_page, read_navigation, root_pages

BRANCH = "main"
SHORT = 24  # letters of code that stay on one line, so that no --option is broken

_BLOCK = re.compile(r'<div class="highlight">.*?</pre></div>', re.DOTALL)
_COMMAND = re.compile(r'<span class="gp">\$ </span>(.*)')
_PICTURE = re.compile(
    r'<picture>\s*<source media="\(prefers-color-scheme: dark\)" srcset="([^"]+)">\s*'
    r'<img src="([^"]+)"[^>]*\balt="([^"]+)"[^>]*>\s*</picture>'
)
_TAG = re.compile(r"<[^>]+>")
_NAMED_BLOCK = re.compile(r"^<!-- file: (\S+) -->\n```(\w+)$", re.MULTILINE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Set the addresses, if there are any yet, and the navigation."""
    if has_home():
        config.site_url = docs_url()
        config.repo_url = REPOSITORY_URL
        config.edit_uri = f"edit/{BRANCH}/{DOCS}/"
    config.nav = read_navigation()
    config.markdown_extensions.append(_links)  # type: ignore[arg-type]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what the site has of the rest of the repository: pages at its top, and the schemas."""
    added = {place: name for name, place in root_pages().items()}
    schemas = (path.relative_to(ROOT).as_posix() for path in (ROOT / SCHEMAS).iterdir())
    added |= {name: name for name in schemas}
    for place, name in added.items():
        file = File.generated(config, place, abs_src_path=str(ROOT / name))
        file.edit_uri = f"../{name}"
        files.append(file)
    return files


def on_page_markdown(text: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Give blocks that are files their names, let pictures follow the site's light and dark, and
    say where the page's links begin."""
    del config, files
    _links.page = page.file.src_uri
    if page.file.src_uri == INDEX:
        page.meta["hide"] = ["navigation"]  # the page is a list of all of it
    text = _PICTURE.sub(r"![\3](\1#only-dark)![\3](\2#only-light)", text)
    return _NAMED_BLOCK.sub(r'```\2 title="\1"', text)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let what is copied from a recorded run be its commands, without prompts and output."""
    del page, config, files
    return _BLOCK.sub(_name_commands, html)


def _name_commands(block: re.Match[str]) -> str:
    commands = [_TAG.sub("", line).replace('"', "&quot;") for line in _COMMAND.findall(block[0])]
    if not commands:
        return block[0]
    return block[0].replace("<div", f'<div data-copy="{"&#10;".join(commands)}"', 1)


class RepositoryLinks(Extension):
    """Turns links of the repository into links of the site, and keeps short names in one piece.

    `page` is the page that is made.
    """

    page = ""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        # Before mkdocs turns links to pages into addresses, which has 0.
        md.treeprocessors.register(_Rewriter(self, md), "repository-links", 1)


class _Rewriter(Treeprocessor):
    def __init__(self, links: RepositoryLinks, md: Markdown) -> None:
        super().__init__(md)
        self._links = links

    def run(self, root: Element) -> None:
        for element in root.iter():
            name = {"a": "href", "img": "src"}.get(element.tag)
            if name and (link := element.get(name)):
                _set(element, name, rewrite(link, self._links.page))
            elif element.tag == "code" and len(element.text or "") <= SHORT:
                element.set("class", "short")


def rewrite(link: str, page: str) -> str | None:
    """What a link of a page is in the site; None where nothing is to be linked to."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc or not parts.path:
        return link
    source = {place: name for name, place in root_pages().items()}.get(page, f"{DOCS}/{page}")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), parts.path))
    anchor = f"#{parts.fragment}" if parts.fragment else ""
    if place := find_page(path):
        return posixpath.relpath(place, posixpath.dirname(page) or ".") + anchor
    if not has_home():
        return None
    kind = "tree" if (ROOT / path).is_dir() else "blob"
    return f"{REPOSITORY_URL}/{kind}/{BRANCH}/{path}{anchor}"


def _set(element: Element, name: str, link: str | None) -> None:
    if link is None:
        element.tag = "span"
        del element.attrib[name]
    else:
        element.set(name, link)


_links = RepositoryLinks()
