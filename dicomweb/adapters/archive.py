"""An archive elsewhere that speaks DICOMweb: which studies it has, fetched one after the other into a folder.

What is there already is not fetched again: a study's folder gets its name once all of it is there.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from dicomweb_client.api import DICOMwebClient
from requests.auth import HTTPBasicAuth

from cases.adapters.storage import storage_error
from cases.gate.header.door import is_uid
from core.errors import DomainError
from dicomweb.media_types import DICOM
from dicomweb.multipart import Chunk, boundary_of, read_parts

T = TypeVar("T")
_PAGE = 100
_TIMEOUT_S = (10.0, 300.0)  # to connect, and between two pieces of an answer
_AS_STORED = f'multipart/related; type="{DICOM}"; transfer-syntax=*'
_CHUNK = 1024**2
_PART = ".part"


class ArchiveError(DomainError):
    """The archive cannot be asked, or refused; the text is a sentence, without what the archive answered and without the
    study's UID, which leads back to the examination: it may be stored.
    """


@dataclass(frozen=True)
class Access:
    """How to get in: a bearer token, or a name and a password; all empty for an archive that asks for neither."""

    token: str = ""
    user: str = ""
    password: str = ""


@dataclass(frozen=True)
class Listed:
    """A study as the archive lists it; ``instances`` is None where it does not say how many there are. ``uid`` is empty where
    what it lists is no UID.
    """

    uid: str
    instances: int | None


class Archive:
    """One archive by the address below which ``studies`` stands."""

    def __init__(self, url: str, access: Access = Access()) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ArchiveError(
                f"{url!r} is no address of an archive; give one such as https://pacs.example.org/dicom-web."
            )
        if parts.username or parts.password:
            raise ArchiveError("Leave name and password out of the address; they are given by the environment.")
        session = requests.Session()
        session.trust_env = False  # no password of a .netrc goes anywhere unasked
        if access.token:
            session.headers["Authorization"] = f"Bearer {access.token}"
        elif access.user:
            session.auth = HTTPBasicAuth(access.user, access.password)
        self.host = parts.netloc
        self.url, self.session = url.rstrip("/"), session
        self.client = DICOMwebClient(self.url, session=session, timeout=_TIMEOUT_S, permissive_uid=True)

    def studies(self, filters: Mapping[str, str]) -> Iterator[Listed]:
        """The studies that match, page by page, each once, those without a UID too. Raises ArchiveError."""
        seen: set[str] = set()
        offset, before = 0, None
        while True:
            page = self._asked(partial(self._page, dict(filters), offset))
            if page == before:  # an archive that does not know of pages
                return
            offset, before = offset + len(page), page
            is_new = False
            for row in page:
                name = _name(row)
                if name not in seen:
                    yield _listed(row)
                is_new |= bool(name) and name not in seen
                seen |= {name} - {""}
            if not is_new:
                return

    def _page(self, filters: dict[str, str], offset: int) -> list[dict[str, dict[str, Any]]]:
        return self.client.search_for_studies(
            limit=_PAGE, offset=offset, search_filters=filters, fields=["NumberOfStudyRelatedInstances"]
        )

    def fetch(self, study: Listed, folder: Path) -> int:
        """Every instance of the study into ``folder/<StudyInstanceUID>``; how many. Raises ArchiveError, and StorageError
        where the disk takes no more.

        Nothing is asked for a study whose folder is there. Instances come as the archive stores them, byte for byte and
        one at a time; whether each is one that can be read, the import judges.
        """
        if not study.uid:
            raise ArchiveError(
                f"{self.host} lists it by what is no StudyInstanceUID (numbers with dots between them), so it cannot be asked "
                "for; mend it there, then pull again."
            )
        target = folder / study.uid
        if target.exists():
            return sum(1 for _ in target.iterdir())
        part = folder / f"{study.uid}{_PART}"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        count = self._asked(partial(self._write, study.uid, part), study.uid)
        if not count or (study.instances or 0) > count:
            shutil.rmtree(part)
            due = study.instances or "some"
            raise ArchiveError(f"{self.host} sent {count} of {due} instances of the study; pull again to go on.")
        part.rename(target)
        return count

    def _write(self, uid: str, part: Path) -> int:
        """The bytes are written as they come, never parsed: originals stay as they are, those without preamble too."""
        url = f"{self.url}/studies/{uid}"
        with self.session.get(url, headers={"Accept": _AS_STORED}, stream=True, timeout=_TIMEOUT_S) as answer:
            answer.raise_for_status()
            kind = answer.headers.get("Content-Type", "")
            body = _Body(answer.iter_content(_CHUNK))
            if kind.lower().startswith(DICOM):  # against the standard, and met all the same: one instance by itself
                _keep(iter(partial(body.read, _CHUNK), b""), part / "00001.dcm")
                return 1
            count = 0
            for count, one in enumerate(read_parts(body, boundary_of(kind)), start=1):
                _keep(one.chunks, part / f"{count:05}.dcm")
            return count

    def _asked(self, ask: Callable[[], T], uid: str = "") -> T:
        """What was asked, of the whole archive or of the study ``uid``; errors become sentences."""
        of = " for the study" if uid else ""
        try:
            return ask()
        except requests.HTTPError as error:
            status = error.response.status_code if error.response is not None else 0
            why = (_OF_A_STUDY if uid else {}).get(status) or _REASONS.get(status, "see its log")
            raise ArchiveError(f"{self.host} answered {status}{of}: {why}.") from error
        except (requests.RequestException, OSError) as error:
            message = f"{self.host} cannot be asked{of} ({type(error).__name__}); pull again to go on where it stopped."
            raise ArchiveError(message) from error
        except (KeyError, ValueError) as error:
            message = (
                f"{self.host} answered{of} what is no DICOMweb, or broke off ({type(error).__name__}); pull again."
            )
            raise ArchiveError(message) from error


class _Body:
    """What an answer holds, as ``read_parts`` reads it."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.chunks = chunks

    def read(self, size: int = -1, /) -> bytes:
        """The next piece of whatever size it came in; empty at the end."""
        return next(self.chunks, b"")


def _keep(chunks: Iterator[Chunk], path: Path) -> None:
    """Writes a file. Raises StorageError where the disk takes no more; what the network raises passes."""
    with path.open("wb") as file:
        for chunk in chunks:
            try:
                file.write(chunk)
            except OSError as error:
                raise storage_error(error.errno or 0) from error


_REASONS = {
    401: "it wants a token, or a name and a password",
    403: "the account may not see these studies",
    404: "nothing is there, so look at the address",
    406: "it does not send what was asked for",
}
_OF_A_STUDY = {
    403: "the account may not see it",
    404: "it lists the study and does not have it; look there, then pull again",
    410: "the study was removed there since it was listed",
}


def _listed(row: Mapping[str, Any]) -> Listed:
    count = _first(row, "00201208")
    instances = int(str(count)) if str(count or "").isdigit() else None
    name = _name(row)
    return Listed(name if is_uid(name) else "", instances)  # a name that is none could lead out of the folder


def _name(row: Mapping[str, Any]) -> str:
    """What the archive gives as a study's UID, whatever it is."""
    return str(_first(row, "0020000D") or "")


def _first(row: Mapping[str, Any], tag: str) -> object:
    values = row.get(tag, {}).get("Value") or [None]
    return values[0]
