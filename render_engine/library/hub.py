"""The hub, asked for one file: what it says of it, and its bytes from any place on.

Bytes come by plain HTTP ranges and never by hf_xet, whether that is installed or not: only so can a download be gone on
from by another process, be stopped between two chunks, and be the same everywhere. `huggingface_hub` does the rest:
HF_ENDPOINT, HF_TOKEN and the token's file, HF_HUB_OFFLINE, proxies, what the hub's errors mean.
"""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx2
from huggingface_hub import constants, get_hf_file_metadata, get_session, hf_hub_url, hf_raise_for_status
from huggingface_hub.errors import (
    FileMetadataError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
)
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # documented, not marked as exported

from render_engine.api.values import RenderError
from render_engine.library.catalogue import HubAddress

CHUNK_BYTES = 2**20
_DIGEST = re.compile(r"[0-9a-f]{64}|[0-9a-f]{40}")


class BrokenOffError(RenderError):
    """The bytes ceased to come; asked again, they may come."""


class HubFile(NamedTuple):
    """One file of one commit; `digest` is its sha256, or git's sha1 of it when the hub keeps it beside the code."""

    address: HubAddress
    commit: str
    digest: str
    num_bytes: int


@dataclass(frozen=True)
class Hub:
    """A hub; `endpoint` None is the one that HF_ENDPOINT names, else the public one."""

    endpoint: str | None = None

    @property
    def host(self) -> str:
        """Its name for people, without what an address may hide."""
        return urlsplit(self.endpoint or constants.ENDPOINT).hostname or "the hub"

    def find(self, address: HubAddress) -> HubFile:
        """Ask for a file's size and hash.

        Raises:
            RenderError: it is not there, not for this user, not to be checked, or the hub is out of reach.
        """
        with self._telling(address):
            url = hf_hub_url(address.repo, address.file, endpoint=self.endpoint)
            said = get_hf_file_metadata(url, endpoint=self.endpoint)
        if said.etag is None or not _DIGEST.fullmatch(said.etag) or said.size is None or said.commit_hash is None:
            raise RenderError(f"{address}: {self.host} states no hash or size to check it by; it was not fetched")
        return HubFile(address, said.commit_hash, said.etag, said.size)

    def read(self, file: HubFile, start: int) -> Generator[bytes]:
        """The file's bytes from `start` on, in chunks.

        Raises:
            BrokenOffError: the connection broke, or the hub is overloaded.
            RenderError: the hub refuses.
        """
        address = file.address
        url = hf_hub_url(address.repo, address.file, revision=file.commit, endpoint=self.endpoint)
        # compressed bytes could be neither counted nor gone on from
        headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
        if start:
            headers["Range"] = f"bytes={start}-"
        timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT
        with self._telling(address), get_session().stream("GET", url, headers=headers, timeout=timeout) as response:
            hf_raise_for_status(response)
            to_skip = 0 if response.status_code == httpx2.codes.PARTIAL_CONTENT else start
            for chunk in response.iter_bytes(CHUNK_BYTES):
                yield chunk[to_skip:]
                to_skip = max(to_skip - len(chunk), 0)

    @contextmanager
    def _telling(self, address: HubAddress) -> Iterator[None]:
        """Whatever the hub or the network refuses, as one line that says what to do; a token is in none of them."""
        try:
            yield
        except GatedRepoError as error:
            raise RenderError(
                f"{address}: its owner asks for consent; accept the terms at {self.host}/{address.repo}, "
                "then set HF_TOKEN to a token that may read it"
            ) from error
        except RepositoryNotFoundError as error:
            raise RenderError(
                f"{address}: {self.host} shows no such repository; check the name, or set HF_TOKEN if it is private"
            ) from error
        except RemoteEntryNotFoundError as error:
            raise RenderError(f"{address}: the repository has no such file; check its path there") from error
        except HfHubHTTPError as error:
            raise self._refusal(address, error.response.status_code) from error
        except OfflineModeIsEnabled as error:
            raise RenderError(f"{address}: HF_HUB_OFFLINE is set, so nothing is fetched; unset it") from error
        except (FileMetadataError, HFValidationError) as error:
            raise RenderError(f"{address}: {self.host} does not answer as a hub does; check HF_ENDPOINT") from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            why = type(error).__name__
            raise BrokenOffError(f"{address}: {self.host} cannot be reached ({why})") from error

    def _refusal(self, address: HubAddress, status: int) -> RenderError:
        if status >= httpx2.codes.INTERNAL_SERVER_ERROR or status == httpx2.codes.TOO_MANY_REQUESTS:
            return BrokenOffError(f"{address}: {self.host} is overloaded or out of order (status {status})")
        if status == httpx2.codes.UNAUTHORIZED:
            return RenderError(f"{address}: {self.host} does not accept the token; renew HF_TOKEN, or unset it")
        if status == httpx2.codes.FORBIDDEN:
            return RenderError(
                f"{address}: {self.host} forbids it; set HF_TOKEN to a token that may read {address.repo}"
            )
        return RenderError(f"{address}: {self.host} refuses it (status {status}); check the name")
