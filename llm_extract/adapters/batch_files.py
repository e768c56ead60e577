"""The Batch API: questions as request files, sent for half the price and within a day, and read back as answers.

A question's key is its `custom_id`, and a batch carries its file's digest, so that sending again sends nothing twice.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import openai
from openai.types import Batch

from core.errors import DomainError
from llm_extract.adapters.chat_requests import answer_of, failure_of, request_body
from llm_extract.adapters.clients import open_blocking_client
from llm_extract.adapters.server_settings import AZURE, ServerSettings
from llm_extract.asking.protocol import UNPAID, Answer, Fault, Question, RefusedRequest

MOST_REQUESTS = 50_000
MOST_BYTES = 200_000_000
WINDOW: Literal["24h"] = "24h"
DIGEST = "countersign_digest"
OVER = frozenset({"completed", "failed", "expired", "cancelled"})
IN_VAIN = frozenset({"failed", "expired", "cancelled"})


class BatchError(DomainError):
    """A batch cannot be sent or read."""


@dataclass(frozen=True)
class RequestFile:
    """A file ready to be sent. `digest` is the SHA-256 of its bytes."""

    path: Path
    requests: int
    digest: str


@dataclass(frozen=True)
class BatchState:
    """How far a batch is, as the server counts. `is_over`: its answers can be read as far as there are any."""

    batch_id: str
    status: str
    total: int
    completed: int
    failed: int
    sentence: str = ""

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    @property
    def is_in_vain(self) -> bool:
        """Whether it ended before its time; what it had answered by then is paid for and can be read."""
        return self.status in IN_VAIN


def write_request_files(
    questions: Iterable[Question],
    settings: ServerSettings,
    folder: Path,
    *,
    most_requests: int = MOST_REQUESTS,
    most_bytes: int = MOST_BYTES,
) -> list[RequestFile]:
    """Request files of at most 50,000 requests and 200 MB each, readable by their owner alone; memory stays flat.

    A key that comes twice is written once. Raises BatchError for a single request that is too large.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files: list[RequestFile] = []
    seen: set[str] = set()
    writer: _Writer | None = None
    for question in questions:
        if question.key in seen:
            continue
        seen.add(question.key)
        line = _request_line(question, settings)
        if len(line) > most_bytes:
            raise BatchError(
                f"Question {question.key[:12]} makes a request of {len(line)} bytes; {most_bytes} may be sent."
            )
        if writer and (writer.requests >= most_requests or writer.size + len(line) > most_bytes):
            files.append(writer.close())
            writer = None
        writer = writer or _Writer(folder / f"requests-{len(files) + 1:04}.jsonl")
        writer.add(line)
    return [*files, writer.close()] if writer else files


def _request_line(question: Question, settings: ServerSettings) -> bytes:
    request = {
        "custom_id": question.key,
        "method": "POST",
        "url": _endpoint(settings),
        "body": request_body(question, settings),
    }
    return json.dumps(request, separators=(",", ":")).encode() + b"\n"


class _Writer:
    """One request file as it grows."""

    def __init__(self, path: Path) -> None:
        self.requests = self.size = 0
        self._path = path
        self._digest = hashlib.sha256()
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")

    def add(self, line: bytes) -> None:
        self._file.write(line)
        self._digest.update(line)
        self.requests += 1
        self.size += len(line)

    def close(self) -> RequestFile:
        self._file.close()
        return RequestFile(self._path, self.requests, self._digest.hexdigest())


def _endpoint(settings: ServerSettings) -> str:
    return "/chat/completions" if settings.kind == AZURE else "/v1/chat/completions"


class BatchDesk:
    """Sends request files to one server and reads back what came of them. Errors of the server are BatchErrors."""

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._client = open_blocking_client(settings)

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()

    def send(self, file: RequestFile) -> str:
        """The batch's id. A file that is with the server already, in a batch that runs or has ended well, is not sent again."""
        with self._named_errors("send"):
            for batch in self._batches_of(file):
                if batch.status not in IN_VAIN:
                    return batch.id
            uploaded = self._uploaded(file) or self._upload(file)
            endpoint: Any = _endpoint(self._settings)  # Azure's is none of those the SDK names
            batch = self._client.batches.create(
                input_file_id=uploaded, endpoint=endpoint, completion_window=WINDOW, metadata={DIGEST: file.digest}
            )
            return batch.id

    def sent(self, file: RequestFile) -> list[BatchState]:
        """Every batch that was made of a file, whatever came of it."""
        with self._named_errors("look at"):
            return [_state_of(batch) for batch in self._batches_of(file)]

    def state(self, batch_id: str) -> BatchState:
        """How far it is."""
        with self._named_errors("look at"):
            return _state_of(self._client.batches.retrieve(batch_id))

    def cancel(self, batch_id: str) -> None:
        """Ends a batch; what was answered is paid for and can be read."""
        with self._named_errors("cancel"):
            self._client.batches.cancel(batch_id)

    def answers(self, batch_id: str, folder: Path) -> Iterator[Answer]:
        """The answers of a batch that is over, in any order, memory flat; requests that expired are Fault.TIMEOUT.

        The files are fetched into `folder` and removed when they are read. Raises BatchError for a batch not over.
        """
        with self._named_errors("read"):
            batch = self._client.batches.retrieve(batch_id)
        if batch.status not in OVER:
            raise BatchError(f"Batch {batch_id} is {batch.status}; its answers can be read once it is over.")
        for file_id in (batch.output_file_id, batch.error_file_id):
            if file_id:
                path = self._fetched(file_id, folder)
                yield from answers_in_file(path, is_reasoning=self._settings.is_reasoning)
                path.unlink()

    def _batches_of(self, file: RequestFile) -> Iterator[Batch]:
        for batch in self._client.batches.list(limit=100):
            if (batch.metadata or {}).get(DIGEST) == file.digest:
                yield batch

    def _uploaded(self, file: RequestFile) -> str | None:
        """The id of the same file, sent by a worker that died before it made the batch."""
        for there in self._client.files.list(purpose="batch", limit=1000):
            if there.filename == _remote_name(file) and there.bytes == file.path.stat().st_size:
                return there.id
        return None

    def _upload(self, file: RequestFile) -> str:
        with file.path.open("rb") as content:
            return self._client.files.create(file=(_remote_name(file), content), purpose="batch").id

    def _fetched(self, file_id: str, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{hashlib.sha256(file_id.encode()).hexdigest()[:16]}.jsonl"
        with self._named_errors("read"), self._client.files.with_streaming_response.content(file_id) as response:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                for chunk in response.iter_bytes(2**20):
                    file.write(chunk)
        return path

    @contextmanager
    def _named_errors(self, verb: str) -> Iterator[None]:
        """The SDK's errors as sentences without what was asked."""
        try:
            yield
        except openai.APIStatusError as problem:
            fault = failure_of(problem.status_code, problem.body, problem.response.headers).fault
            raise BatchError(
                f"{self._settings.base_url} would not {verb} a batch (HTTP {problem.status_code}, {fault}); mend that, "
                "then try again: nothing is sent twice."
            ) from None
        except openai.OpenAIError as problem:
            raise BatchError(
                f"{self._settings.base_url} could not be reached to {verb} a batch ({type(problem).__name__}); "
                "try again: nothing is sent twice."
            ) from None


def rest_of(file: RequestFile, answered: Set[str]) -> RequestFile:
    """The requests of a file that are not answered, as a file beside it: always the same one for the same answers."""
    writer = _Writer(file.path.with_name(f"rest-{file.path.name}"))
    with file.path.open("rb") as lines:
        for line in lines:
            if json.loads(line)["custom_id"] not in answered:
                writer.add(line)
    return writer.close()


def answers_in_file(path: Path, *, is_reasoning: bool = False) -> Iterator[Answer]:
    """The answers of an output or error file, line by line. A line that names no question is passed over."""
    # As bytes: a text file would also be cut at line separators that may stand inside a JSON string.
    with path.open("rb") as lines:
        for line in lines:
            answer = _answer_in_line(line, is_reasoning=is_reasoning)
            if answer is not None:
                yield answer


def _answer_in_line(line: bytes, *, is_reasoning: bool) -> Answer | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    if not isinstance(record, dict) or not isinstance(key := record.get("custom_id"), str):
        return None
    response = record.get("response")
    if not isinstance(response, dict):
        return Answer(key, "", _fault_of_unanswered(record.get("error")))
    status, body = response.get("status_code"), response.get("body")
    request_id = str(response.get("request_id") or "")
    if isinstance(status, int) and status >= 400:
        failure = failure_of(status, body)
        answer = Answer(key, failure.text, failure.fault, request_id=request_id)
    else:
        answer = answer_of(key, body, is_reasoning=is_reasoning, request_id=request_id)
    if answer.fault not in UNPAID or answer.usage is not None:
        return answer
    # By the line itself, so that it is counted once however often the file is read.
    return replace(answer, refused=(RefusedRequest(hashlib.sha256(line).hexdigest(), answer.fault),))


def _fault_of_unanswered(error: object) -> Fault:
    code = error.get("code") if isinstance(error, dict) else None
    return Fault.TIMEOUT if code in {"batch_expired", "batch_cancelled"} else Fault.SERVER_ERROR


def _remote_name(file: RequestFile) -> str:
    return f"countersign-{file.digest[:32]}.jsonl"


def _state_of(batch: Batch) -> BatchState:
    counts = batch.request_counts
    problems = (batch.errors.data if batch.errors else None) or []
    codes = ", ".join(sorted({problem.code or "unknown" for problem in problems}))
    return BatchState(
        batch_id=batch.id,
        status=batch.status,
        total=counts.total if counts else 0,
        completed=counts.completed if counts else 0,
        failed=counts.failed if counts else 0,
        sentence=f"The server refused the batch ({codes}); mend that and send it again." if codes else "",
    )
