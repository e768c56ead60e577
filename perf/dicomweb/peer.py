"""Orthanc beside the product, where it is installed: a development tool to compare with, of which nothing ships."""

import http.client
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dicomweb_client.api import DICOMwebClient

_PLUGINS = ("/usr/share/orthanc/plugins", "/usr/lib/orthanc")
_PATIENCE_S = 60


@dataclass(frozen=True)
class Orthanc:
    """A running Orthanc that knows the product as a DICOMweb server."""

    port: int

    @property
    def client(self) -> DICOMwebClient:
        return DICOMwebClient(f"http://127.0.0.1:{self.port}/dicom-web", timeout=600)

    def studies(self) -> list[str]:
        """Its own names of the studies it has."""
        found: list[str] = self.ask("GET", "/studies")
        return found

    def send_to_us(self, studies: list[str]) -> int:
        """Sends studies by STOW-RS; how many instances it says it sent."""
        answer = self.ask("POST", "/dicom-web/servers/countersign/stow", {"Resources": studies, "Synchronous": True})
        return int(answer.get("InstancesCount", 0))

    def fetch_from_us(self, study: str) -> None:
        """Fetches a study by WADO-RS."""
        self.ask(
            "POST",
            "/dicom-web/servers/countersign/retrieve",
            {"Resources": [{"Study": study}], "Synchronous": True},
        )

    def ask(self, method: str, path: str, content: object = None) -> Any:
        """Its REST API. Exits with what it answered where that is a refusal."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        connection.request(method, path, None if content is None else json.dumps(content))
        response = connection.getresponse()
        body = response.read()
        if response.status != http.HTTPStatus.OK:
            raise SystemExit(f"Orthanc answered {response.status} to {path}: {body.decode(errors='replace')[:300]}")
        return json.loads(body)


@contextmanager
def peer(folder: Path, address: str, token: str) -> Iterator[Orthanc | None]:
    """Orthanc with its data below ``folder``, started and ended; None where it is not installed."""
    program = shutil.which("Orthanc")
    plugins = [place for place in _PLUGINS if list(Path(place).glob("*DicomWeb*"))]
    if program is None or not plugins:
        yield None
        return
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    place = folder / f"orthanc-{port}"
    place.mkdir()
    settings = place / "orthanc.json"
    settings.write_text(json.dumps(_settings(place, port, plugins, address, token)), encoding="utf-8")
    with (
        (place / "log").open("wb") as log,
        subprocess.Popen([program, str(settings)], stdout=log, stderr=log) as process,
    ):
        try:
            orthanc = Orthanc(port)
            _wait(orthanc, process)
            yield orthanc
        finally:
            process.terminate()


def _settings(place: Path, port: int, plugins: list[str], address: str, token: str) -> dict[str, Any]:
    ours = {
        "Url": f"{address}/dicom-web/chest-radiograph/perf/",
        "HttpHeaders": {"Authorization": f"Bearer {token}"},
        "Timeout": 600,
    }
    return {
        "Name": "peer",
        "StorageDirectory": str(place / "storage"),
        "IndexDirectory": str(place / "index"),
        "HttpPort": port,
        "DicomServerEnabled": False,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "Plugins": plugins,
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "Servers": {"countersign": ours}},
    }


def _wait(orthanc: Orthanc, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            orthanc.ask("GET", "/system")
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("Orthanc did not start; its log lies beside its settings.") from None
            time.sleep(0.2)
        else:
            return
