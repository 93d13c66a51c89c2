"""A hub on the loopback that speaks the protocol as `huggingface_hub` uses it, with a store of its own for large files.

HEAD and GET on /owner/name/resolve/revision/file answer with the commit, the hash and the size; a large file is then
redirected to the store, another origin, as the public hub does. It remembers every request, and misbehaves on order.
"""

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

COMMIT = "c0ffee" + "0" * 34
RESOLVE = re.compile(r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<file>.+)")
RANGE = re.compile(r"bytes=(\d+)-")


class Asked(NamedTuple):
    """One request as it came."""

    method: str
    path: str
    start: int
    token: str
    encoding: str
    at_store: bool


class Refusal(NamedTuple):
    """A status with the hub's own code for it."""

    status: HTTPStatus
    code: str = ""


@dataclass
class FakeHub:
    """What is published, and what is to go wrong."""

    files: dict[str, bytes] = field(default_factory=dict)
    """By `owner/name:file`."""
    small: set[str] = field(default_factory=set)
    """Files that are kept beside the code: served at once, hashed as git does."""
    refusals: dict[str, Refusal] = field(default_factory=dict)
    needed_token: str = ""
    cuts: list[int] = field(default_factory=list)
    """After how many bytes each of the next downloads breaks off."""
    corrupts: bool = False
    ignores_ranges: bool = False
    states_hash: bool = True
    overloaded: int = 0
    """How many of the next downloads are answered with status 503."""
    asked: list[Asked] = field(default_factory=list)
    endpoint: str = ""
    store: str = ""

    def downloads(self) -> list[Asked]:
        """The requests for bytes that reached what serves them."""
        return [one for one in self.asked if one.method == "GET" and (one.at_store or self._is_small(one.path))]

    def _is_small(self, path: str) -> bool:
        return any(path.endswith(name.partition(":")[2]) for name in self.small)

    def digest(self, name: str) -> str:
        """As the hub states it."""
        content = self.files[name]
        if name in self.small:
            return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
        return hashlib.sha256(content).hexdigest()


@contextmanager
def serve(hub: FakeHub) -> Iterator[FakeHub]:
    """Serve it and its store on two ports until the end."""
    handlers = [type("Handler", (_Handler,), {"hub": hub, "at_store": at_store}) for at_store in (False, True)]
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), handler) for handler in handlers]
    hub.endpoint, hub.store = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    threads = [threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield hub
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    """Answers for the hub, or for its store."""

    hub: FakeHub
    at_store: bool
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Tests read `asked` instead."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        found = RANGE.fullmatch(self.headers.get("Range", ""))
        start = int(found[1]) if found else 0
        token = self.headers.get("Authorization", "")
        encoding = self.headers.get("Accept-Encoding", "")
        self.hub.asked.append(Asked(self.command, self.path, start, token, encoding, self.at_store))
        if self.at_store:
            self._send_file(self.path.lstrip("/"), start)
            return
        parts = RESOLVE.fullmatch(self.path)
        if parts is None:
            self._send_head(HTTPStatus.NOT_FOUND, {})
            return
        self._resolve(f"{parts['repo']}:{parts['file']}", parts["repo"], start)

    def _resolve(self, name: str, repo: str, start: int) -> None:
        refusal = self.hub.refusals.get(repo) or self.hub.refusals.get(name)
        if self.hub.needed_token and self.headers.get("Authorization") != f"Bearer {self.hub.needed_token}":
            refusal = Refusal(HTTPStatus.UNAUTHORIZED, "GatedRepo")
        if refusal is None and name not in self.hub.files:
            refusal = Refusal(HTTPStatus.NOT_FOUND, "EntryNotFound")
        if refusal:
            self._send_head(refusal.status, {"X-Error-Code": refusal.code} if refusal.code else {})
            return
        stated = {"X-Repo-Commit": COMMIT, "X-Xet-Hash": "ab" * 32}
        digest = self.hub.digest(name) if self.hub.states_hash else "W/none"
        if name in self.hub.small:
            self._send_file(name, start, stated | {"ETag": f'"{digest}"'})
            return
        stated |= {"X-Linked-ETag": f'"{digest}"', "X-Linked-Size": str(len(self.hub.files[name]))}
        self._send_head(HTTPStatus.FOUND, stated | {"Location": f"{self.hub.store}/{name}"})

    def _send_file(self, name: str, start: int, headers: dict[str, str] | None = None) -> None:
        content = self.hub.files[name]
        if self.command == "GET" and self.hub.overloaded:
            self.hub.overloaded -= 1
            self._send_head(HTTPStatus.SERVICE_UNAVAILABLE, {})
            return
        if self.hub.corrupts:
            content = bytes([content[0] ^ 1]) + content[1:]
        start = 0 if self.hub.ignores_ranges else start
        status = HTTPStatus.PARTIAL_CONTENT if start else HTTPStatus.OK
        body = content[start:]
        self._send_head(status, headers or {}, len(body))
        if self.command == "GET":
            cut = self.hub.cuts.pop(0) if self.hub.cuts else len(body)
            with suppress(ConnectionError):  # who asked has been stopped
                self.wfile.write(body[:cut])
            self.close_connection = self.close_connection or cut < len(body)

    def _send_head(self, status: HTTPStatus, headers: dict[str, str], length: int = 0) -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(length)}.items():
            self.send_header(key, value)
        self.end_headers()
