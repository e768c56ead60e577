"""What files with damaged bytes do to the decoding processes: they may cost themselves, and nothing else.

    python -m perf.intake.mutated_files --data ../shared/data [--count 10000] [--seed 1] [--seconds 600]

Takes DICOM files, PNG and JPEG files that decode, changes bytes of each by chance (bits, whole bytes, lengths, runs of
zeros and ones, pieces put in, taken out or doubled, the end cut off; half of the changes fall into the first 2,048 bytes),
and gives each to the decoding processes of an import, frame files and all. Prints what became of them, the slowest and the
largest memory, and how many processes died and were replaced. Exit code 1 when one took longer or more memory than the
limits, or a file that was not changed is read otherwise afterwards. The same seed and files give the same bytes.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cases.adapters.decoders import SECONDS_PER_FILE, Answer, DecodingProcesses
from cases.adapters.decoding import Order
from cases.adapters.decoding_process import MEMORY
from cases.contribution import ImageFacts, Problem, SourceFile

LARGEST = 16 * 1024**2  # bytes of a file that is changed: the run is of bytes, not of pixels
HEADER = 2048
_INTERESTING = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_ENDINGS = {".dcm", ".dicom", ".png", ".jpg", ".jpeg", ""}


@dataclass
class Tally:
    """What became of the changed files."""

    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    slowest_name: str = ""
    memory: int = 0  # bytes, of one decoding process
    started: set[int] = field(default_factory=set)  # their process ids

    @property
    def count(self) -> int:
        return self.outcomes.total()

    @property
    def died(self) -> int:
        return self.outcomes["decoder_died"]

    def add(self, name: str, answer: Answer, seconds: float) -> None:
        """One more file."""
        kind = answer.kind if isinstance(answer, Problem) else "read" if isinstance(answer, ImageFacts) else "report"
        self.outcomes[kind] += 1
        if seconds > self.slowest:
            self.slowest, self.slowest_name = seconds, name

    def look(self, processes: DecodingProcesses) -> None:
        """Notes which processes there are, and the most memory that each ever held."""
        for pid in processes.pids():
            self.started.add(pid)
            self.memory = max(self.memory, _peak(pid))


def main() -> int:
    """Prints what became of the files; 1 where a limit was passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder of files that decode")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=600.0, help="begin no more after so long")
    asked = parser.parse_args()
    good = good_files(asked.data)
    print(f"{len(good)} files that decode")
    began = time.monotonic()
    tally = run(good, count=asked.count, seed=asked.seed, seconds=asked.seconds)
    took = time.monotonic() - began
    outcomes = ", ".join(f"{kind} {count:,}" for kind, count in tally.outcomes.most_common())
    print(f"{tally.count:,} changed files (seed {asked.seed}) in {took:.0f} s: {outcomes}")
    print(f"slowest {tally.slowest:.1f} s of {SECONDS_PER_FILE:.0f} ({tally.slowest_name})")
    print(f"largest memory of a decoding process {tally.memory / 1024**2:,.0f} MB of {MEMORY / 1024**2:,.0f}")
    print(f"{len(tally.started)} processes in all, {tally.died} died of a file")
    same = good_files(asked.data) == good
    print(
        "the files that were not changed are read as before"
        if same
        else "FILES THAT WERE NOT CHANGED ARE READ OTHERWISE"
    )
    is_met = same and tally.slowest <= SECONDS_PER_FILE and tally.memory <= MEMORY
    if tally.count < asked.count:
        print(f"only {tally.count:,} of {asked.count:,} were done in the time")
    return 0 if is_met else 1


def good_files(folder: Path) -> dict[Path, str]:
    """Files below the folder that decode, with the digest of their pixels."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix.lower() in _ENDINGS]
    paths = [path for path in paths if path.stat().st_size <= LARGEST]
    with DecodingProcesses(2) as processes:
        answers = [processes.decode(Order(SourceFile(path.name, str(path)))) for path in paths]
        found = [answer.result() for answer in answers]
    return {path: one.pixel_sha256 for path, one in zip(paths, found, strict=True) if isinstance(one, ImageFacts)}


def run(good: Sequence[Path] | dict[Path, str], *, count: int, seed: int, seconds: float = 600.0) -> Tally:
    """Gives ``count`` changed files to two decoding processes, two at a time."""
    tally, dice, paths = Tally(), random.Random(seed), list(good)
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as scratch, DecodingProcesses(2) as processes:
        folder = Path(scratch)
        for pair in _pairs(count):
            if time.monotonic() >= end:
                break
            asked = []
            for number in pair:
                path = dice.choice(paths)
                changed = folder / f"{number}{path.suffix}"
                changed.write_bytes(mutated(path.read_bytes(), dice))
                order = Order(SourceFile(f"{number} of {path.name}", str(changed)), frames_in=scratch)
                asked.append((order, processes.decode(order)))
            began = time.monotonic()
            for order, answer in asked:
                tally.add(order.source.name, answer.result(), time.monotonic() - began)
            tally.look(processes)
            for path in folder.iterdir():
                path.unlink()
    return tally


def mutated(content: bytes, dice: random.Random) -> bytes:
    """The bytes with one to eight changes."""
    data = bytearray(content)
    for _ in range(dice.choice((1, 1, 1, 2, 3, 5, 8))):
        if len(data) < 2:
            break
        place = dice.randrange(min(len(data), HEADER)) if dice.random() < 0.5 else dice.randrange(len(data))
        dice.choice(_CHANGES)(data, place, dice)
    return bytes(data)


def _flip(data: bytearray, place: int, dice: random.Random) -> None:
    data[place] ^= 1 << dice.randrange(8)


def _set(data: bytearray, place: int, dice: random.Random) -> None:
    data[place] = dice.randrange(256)


def _number(data: bytearray, place: int, dice: random.Random) -> None:
    size = dice.choice((1, 2, 4))
    value = dice.choice(_INTERESTING) & (2 ** (8 * size) - 1)
    data[place : place + size] = value.to_bytes(size, dice.choice(("little", "big")))


def _fill(data: bytearray, place: int, dice: random.Random) -> None:
    length = min(dice.randrange(1, 257), len(data) - place)
    data[place : place + length] = dice.choice((b"\0", b"\xff")) * length


def _put_in(data: bytearray, place: int, dice: random.Random) -> None:
    data[place:place] = dice.randbytes(dice.randrange(1, 65))


def _take_out(data: bytearray, place: int, dice: random.Random) -> None:
    del data[place : place + dice.randrange(1, 65)]


def _double(data: bytearray, place: int, dice: random.Random) -> None:
    data[place:place] = data[place : place + dice.randrange(1, 1025)]


def _cut(data: bytearray, place: int, dice: random.Random) -> None:
    del data[place:]


_CHANGES = (_flip, _flip, _set, _number, _number, _fill, _put_in, _take_out, _double, _cut)


def _pairs(count: int) -> Iterator[range]:
    for start in range(0, count, 2):
        yield range(start, min(start + 2, count))


def _peak(pid: int) -> int:
    """The most resident memory that the process has held, in bytes."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


if __name__ == "__main__":
    sys.exit(main())
