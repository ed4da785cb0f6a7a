"""A browser without a screen and without scripts, which opens pages, fills in their forms, and sends them."""

import threading
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx2

Files = list[tuple[str, tuple[str, bytes, str]]]
SKIPPED = {"script", "style", "head"}


LANGUAGE = "/language/"  # the address of the form in the footer


@dataclass
class Form:
    """A form of a page: its address, the initial values of its fields, and the text of its button."""

    action: str
    method: str
    kind: str
    values: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    button: str = ""


class Document(HTMLParser):
    """A parsed page: its forms, links, ids and text."""

    def __init__(self, html: str, url: str) -> None:
        super().__init__()
        self.url = url
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.elements: dict[str, str] = {}
        self._form: Form | None = None
        self._select = self._textarea = ""
        self._words: list[str] = []
        self._open: list[tuple[str, str]] = []
        self._button = False
        self.feed(html)
        self.text = " ".join("".join(self._words).split())
        self.elements = {name: " ".join(text.split()) for name, text in self.elements.items()}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in {"input", "meta", "link", "br", "img", "hr"}:
            self._open.append((tag, given.get("id", "")))
        if "id" in given:
            self.elements.setdefault(given["id"], "")
        self._words.append(" ")
        match tag:
            case "form":
                action = urljoin(self.url, given.get("action") or self.url)
                kind = given.get("enctype", "application/x-www-form-urlencoded")
                self._form = Form(action, given.get("method", "get").lower(), kind)
                self.forms.append(self._form)
            case "a" if "href" in given:
                self.links.append(urljoin(self.url, given["href"]))
            case "button":
                self._button = True
            case "input" | "select" | "textarea" | "option":
                self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        if self._form is None:
            return
        if tag == "option":
            if "selected" in given or self._select not in self._form.values:
                self._form.values[self._select] = given.get("value", "")
            return
        name = given.get("name", "")
        if not name:
            return
        self._form.names.add(name)
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._textarea = name
            self._form.values[name] = ""
        elif given.get("type") in {"checkbox", "radio"}:
            if "checked" in given:
                self._form.values[name] = given.get("value", "on")
        elif given.get("type") != "file":
            self._form.values[name] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._words.append(" ")
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._textarea = ""
        elif tag == "button":
            self._button = False
        while any(tag == name for name, _ in self._open):
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if SKIPPED & {tag for tag, _ in self._open}:
            return
        self._words.append(data)
        for _, name in self._open:
            if name:
                self.elements[name] = self.elements.get(name, "") + data
        if self._form and self._textarea:
            self._form.values[self._textarea] += data
        if self._form and self._button:
            self._form.button = " ".join((self._form.button + data).split())

    def form(self, *names: str, action: str = "") -> Form:
        """Return the only form that has all the fields `names` and an address that ends in `action`.

        The choice of the language, at the end of each page, is left out unless `action` names it.
        """
        fitting = [
            form
            for form in self.forms
            if set(names) <= form.names
            and urlsplit(form.action).path.endswith(action)
            and (urlsplit(form.action).path != LANGUAGE or action == LANGUAGE)
        ]
        assert len(fitting) == 1, f"{self.url} has {len(fitting)} forms with {names} for {action!r}: {self.text}"
        return fitting[0]


class Visitor:
    """A visitor with cookies. `response` is the last response, `page` the last HTML page."""

    def __init__(self, url: str) -> None:
        self.client = httpx2.Client(base_url=url, follow_redirects=True, trust_env=False, timeout=60)
        self.page: Document
        self.response: httpx2.Response

    def _record(self, response: httpx2.Response) -> httpx2.Response:
        self.response = response
        if response.headers.get("content-type", "").startswith("text/html"):
            self.page = Document(response.text, str(response.url))
        return response

    @property
    def path(self) -> str:
        """The path of the last response."""
        return urlsplit(str(self.response.url)).path

    def open(self, path: str) -> Document:
        """Open a page, which must exist."""
        self._record(self.client.get(path))
        assert self.response.status_code == 200, f"{path}: {self.response.status_code}"
        return self.page

    def fetch(self, path: str) -> bytes:
        """Download a file."""
        response = self.client.get(path)
        assert response.status_code == 200, f"{path}: {response.status_code}"
        assert "attachment" in response.headers["content-disposition"], path
        return response.content

    def filled(self, *, action: str = "", files: Files | None = None, **typed: str) -> httpx2.Request:
        """Return the request of the page's form with these fields, filled in."""
        names = [*typed, *{name for name, _ in files or []}]
        form = self.page.form(*names, action=action)
        values = form.values | typed
        if form.kind == "multipart/form-data":  # browsers encode it like this with or without files
            parts = [(name, (None, value.encode())) for name, value in values.items()]
            return self.client.build_request(form.method, form.action, files=[*parts, *(files or [])])
        return self.client.build_request(form.method, form.action, data=values)

    def submit(self, *, action: str = "", files: Files | None = None, **typed: str) -> httpx2.Response:
        """Fill in the form that has these fields, send it, and follow redirects."""
        request = self.filled(action=action, files=files, **typed)
        return self._record(self.client.send(request, follow_redirects=True))

    def submit_at_once(self, times: int, **typed) -> list[httpx2.Response]:
        """Send the same form several times at the same time, each over its own connection."""
        template = self.filled(**typed)
        body = template.read()
        start = threading.Barrier(times)
        responses: list[httpx2.Response] = []

        def send() -> None:
            with httpx2.Client(trust_env=False, timeout=60, cookies=self.client.cookies) as client:
                headers = {"content-type": template.headers["content-type"]}
                start.wait()
                responses.append(client.post(template.url, content=body, headers=headers))

        threads = [threading.Thread(target=send) for _ in range(times)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(responses) == times
        return responses
