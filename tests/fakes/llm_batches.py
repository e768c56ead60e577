"""The files and batches of the fake server: a batch is worked off at once, line by line, by the server's own answers."""

import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Any

from tests.fakes.llm_replies import Reply, error

Answering = Callable[[dict[str, Any]], Reply]


class BatchRoom:
    """/v1/files and /v1/batches. A batch is `completed` after `polls_needed` looks at it."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self.files: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.polls_needed = 0
        self.expired_ids: frozenset[str] = frozenset()  # custom ids that no answer comes for within the day
        self.answered_by_cancel: frozenset[str] = frozenset()  # custom ids that a cancelled batch had answered
        self.polls_to_cancel = 0  # looks at a batch that is being cancelled until it is

    def reply(self, method: str, path: str, content_type: str, body: bytes) -> Reply | None:
        """None where the path is none of these."""
        parts = path.strip("/").split("/")
        room = next((name for name in ("files", "batches") if name in parts), None)
        if room is None:
            return None
        rest = parts[parts.index(room) + 1 :]
        if room == "files":
            return self._files(method, rest, content_type, body)
        return self._batches(method, rest, body)

    def _files(self, method: str, rest: list[str], content_type: str, body: bytes) -> Reply:
        if method == "POST":
            return Reply(self._keep(*_uploaded(content_type, body)))
        if not rest:
            return Reply(_page(self.files.values()))
        if rest[0] not in self.files:
            return error(404, f"No such File object: {rest[0]}")
        return Reply(self.contents[rest[0]]) if rest[1:] == ["content"] else Reply(self.files[rest[0]])

    def _keep(self, name: str, purpose: str, content: bytes) -> dict[str, Any]:
        number = f"file-{len(self.files) + 1}"
        self.contents[number] = content
        self.files[number] = {
            "id": number,
            "object": "file",
            "bytes": len(content),
            "created_at": 1_790_000_000,
            "filename": name,
            "purpose": purpose,
            "status": "processed",
        }
        return self.files[number]

    def _batches(self, method: str, rest: list[str], body: bytes) -> Reply:
        if method == "POST" and not rest:
            return Reply(self._create(json.loads(body)))
        if not rest:
            return Reply(_page(self.batches.values()))
        batch = self.batches.get(rest[0])
        if batch is None:
            return error(404, f"No batch found with id '{rest[0]}'.")
        if rest[1:] == ["cancel"] and batch["status"] == "in_progress":
            self._work_off(batch, only=self.answered_by_cancel)
            batch["status"], batch["_polls"] = "cancelling", -self.polls_to_cancel
        if batch["status"] == "cancelling" and batch["_polls"] >= 0:
            batch["status"] = "cancelled"
        if batch["_polls"] >= self.polls_needed and batch["status"] == "in_progress":
            self._work_off(batch)
        batch["_polls"] += 1
        return Reply(_shown(batch))

    def _create(self, asked: dict[str, Any]) -> dict[str, Any]:
        number = f"batch_{len(self.batches) + 1}"
        self.batches[number] = {
            "id": number,
            "object": "batch",
            "endpoint": asked["endpoint"],
            "input_file_id": asked["input_file_id"],
            "completion_window": asked["completion_window"],
            "metadata": asked.get("metadata"),
            "status": "in_progress",
            "created_at": 1_790_000_000,
            "output_file_id": None,
            "error_file_id": None,
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
            "_polls": 0,
        }
        return _shown(self.batches[number])

    def _work_off(self, batch: dict[str, Any], only: frozenset[str] | None = None) -> None:
        lines: dict[bool, list[bytes]] = {True: [], False: []}
        for raw in self.contents[batch["input_file_id"]].splitlines():
            asked = json.loads(raw)
            is_in_time = only is None or asked["custom_id"] in only
            line, is_good = self._line(asked) if is_in_time else (self._unanswered(asked, "batch_cancelled"), False)
            lines[is_good].append(json.dumps(line, ensure_ascii=False).encode())
        lines[True].reverse()  # the order of the answers is not that of the questions
        for is_good, name in ((True, "output_file_id"), (False, "error_file_id")):
            if lines[is_good]:
                content = b"\n".join(lines[is_good]) + b"\n"
                batch[name] = self._keep(f"{batch['id']}_{name}.jsonl", "batch_output", content)["id"]
        counts = {"completed": len(lines[True]), "failed": len(lines[False])}
        batch["request_counts"] = counts | {"total": sum(counts.values())}
        batch["status"] = "expired" if self.expired_ids else "completed"

    def _unanswered(self, asked: dict[str, Any], code: str) -> dict[str, Any]:
        number = "batch_req_" + hashlib.sha256(asked["custom_id"].encode()).hexdigest()[:12]
        problem = {"code": code, "message": "This request could not be executed before the batch ended."}
        return {"id": number, "custom_id": asked["custom_id"], "response": None, "error": problem}

    def _line(self, asked: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        line = self._unanswered(asked, "batch_expired")
        if asked["custom_id"] in self.expired_ids:
            return line, False
        line["error"] = None
        reply = self._answering(asked["body"])
        line["response"] = {"status_code": reply.status, "request_id": f"req_{line['id']}", "body": reply.body}
        return line, reply.status < 400


def _shown(batch: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in batch.items() if not name.startswith("_")}


def _page(entries: Iterable[dict[str, Any]]) -> dict[str, Any]:
    shown = [_shown(entry) for entry in reversed(list(entries))]
    ends = {"first_id": shown[0]["id"], "last_id": shown[-1]["id"]} if shown else {"first_id": None, "last_id": None}
    return {"object": "list", "data": shown, "has_more": False} | ends


def _uploaded(content_type: str, body: bytes) -> tuple[str, str, bytes]:
    """(filename, purpose, content) of a multipart upload."""
    boundary = b"--" + content_type.split("boundary=")[1].encode()
    name, purpose, content = "", "", b""
    for part in body.split(boundary)[1:-1]:
        head, _, value = part.strip(b"\r\n").partition(b"\r\n\r\n")
        if b'name="purpose"' in head:
            purpose = value.decode()
        elif b'name="file"' in head:
            name = head.split(b'filename="')[1].split(b'"')[0].decode()
            content = part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
    return name, purpose, content
