"""Script that becomes somebody PostgreSQL accepts to run as, then runs one of its programs (no imports of the product).

PostgreSQL refuses to run as root and initdb refuses a user without a name. Usage, run with `python -I -S`:
`postgres_launcher.py IDENTITY run|detach|probe FOLDER COMMAND…` where IDENTITY is `direct`, `namespace` or `uid:N`.
"""

import contextlib
import ctypes
import os
import pwd
import sys

CLONE_NEWUSER = 0x10000000
PR_SET_KEEPCAPS = 8
PR_SET_SECUREBITS = 28
SECBIT_NO_SETUID_FIXUP = 1 << 2
SECBIT_KEEP_CAPS = 1 << 4
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _CapabilityData(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


def _checked(name: str, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def named_uid() -> int:
    """A uid other than root that has a name on this machine, which is all that initdb asks for."""
    names = pwd.getpwall()
    return next((entry.pw_uid for entry in names if entry.pw_name == "nobody" and entry.pw_uid), None) or next(
        (entry.pw_uid for entry in names if entry.pw_uid), 65534
    )


def enter_user_namespace() -> None:
    """Show this process to itself as an ordinary user; its files stay those of the user outside the namespace."""
    uid, gid, shown_as = os.geteuid(), os.getegid(), named_uid()
    _checked("unshare", CLONE_NEWUSER)
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{shown_as} {uid} 1"),
        ("gid_map", f"{shown_as} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 - a kernel file, one write
            file.write(text)


def drop_to_uid(uid: int) -> None:
    """Become `uid` for good, keeping only the right to enter folders that root alone may enter."""
    _checked("prctl", PR_SET_KEEPCAPS, 1, 0, 0, 0)
    with contextlib.suppress(OSError):  # so that access(2), by which PostgreSQL finds its programs, counts that right
        _checked("prctl", PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS, 0, 0, 0)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    header = _CapabilityHeader(CAPABILITY_VERSION_3, 0)
    bit = 1 << CAP_DAC_OVERRIDE
    data = (_CapabilityData * 2)(_CapabilityData(bit, bit, bit), _CapabilityData(0, 0, 0))
    _checked("capset", ctypes.byref(header), ctypes.byref(data))
    _checked("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


def main(arguments: list[str]) -> None:
    """Take the identity, then replace this process by the command (`detach`: in a session and process of its own)."""
    identity, how, folder, *command = arguments
    if identity == "namespace":
        enter_user_namespace()
    elif identity.startswith("uid:"):
        drop_to_uid(int(identity.removeprefix("uid:")))
    os.chdir(folder)
    if how == "probe":
        _prove_writable(folder)
    if how == "detach":
        os.setsid()  # out of reach of the terminal's Ctrl-C
        if os.fork():
            os._exit(0)
    os.execv(command[0], command)  # noqa: S606 - a fixed list, no shell wanted


def _prove_writable(folder: str) -> None:
    path = os.path.join(folder, f".probe-{os.getpid()}")  # noqa: PTH118 - os only: this script starts often
    os.mkdir(path)  # noqa: PTH102
    os.rmdir(path)  # noqa: PTH106


if __name__ == "__main__":
    main(sys.argv[1:])
