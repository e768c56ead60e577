"""Writes the synthetic world to disk: films as DICOM, reports and truth as CSV, one folder per site."""

import csv
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from demo.dicom import write_film
from demo.phantom import draw_study
from demo.prose import write_report
from demo.world import SITES, Study, World, plan_world

Progress = Callable[[int, int], None]
_REPORT_COLUMNS = ("study_id", "report_text", "patient_id", "age", "sex", "view_position", "study_date")


@dataclass(frozen=True)
class SiteMaterial:
    """What one site contributes: `folder` holds <study_id>/<n>.dcm, `reports` is the CSV beside them."""

    code: str
    title: str
    folder: Path
    reports: Path
    n_studies: int


@dataclass(frozen=True)
class Material:
    """Everything that was written, and the plan it follows."""

    world: World
    sites: tuple[SiteMaterial, ...]
    truth: Path
    n_films: int
    n_bytes: int


def write_material(
    out: Path,
    seed: int,
    n_studies: int = 240,
    processes: int = 2,
    progress: Progress | None = None,
    *,
    scale: float = 1.0,
) -> Material:
    """Draws and writes `n_studies` studies under `out`; the same bytes for the same seed, however many processes.

    `progress(done, total)` is called after every study. `scale` shrinks the films, for tests. Nothing that lies in
    `out` already is removed. Files: <site>/<study_id>/<n>.dcm, <site>/reports.csv, truth.csv.
    """
    world = plan_world(seed, n_studies, scale=scale)
    sizes: list[tuple[int, int]] = []
    for written in _written(world.studies, out, processes):
        sizes.append(written)
        if progress:
            progress(len(sizes), len(world.studies))
    sites = tuple(_write_site(out, code, world.studies) for code in dict.fromkeys(s.code for s in SITES))
    return Material(
        world, sites, write_truth(out / "truth.csv", world), sum(n for n, _ in sizes), sum(b for _, b in sizes)
    )


def write_study(study: Study, folder: Path) -> tuple[int, int]:
    """Draws the study and writes its films into `folder`; the number of films and of bytes."""
    paths = [
        write_film(folder / study.study_id / f"{number}.dcm", study, film, number, transfer=transfer_of(study))
        for number, film in enumerate(draw_study(study), 1)
    ]
    return len(paths), sum(p.stat().st_size for p in paths)


def transfer_of(study: Study) -> str:
    """How the study's pixels are stored: its site's way, but large films compressed, and a handful in JPEG 2000."""
    kind = study.site.transfer
    if study.is_large:
        return "jpegls" if kind == "plain" else kind
    return "jpeg2000" if kind == "jpegls" and study.seed % 41 == 0 else kind


def write_truth(path: Path, world: World) -> Path:
    """study_id, site, label, status: a row for every label of every study."""
    rows = [(s.study_id, s.site.code, label, status) for s in world.studies for label, status in s.truth().items()]
    return _write_rows(path, ("study_id", "site", "label", "status"), rows)


def _written(studies: tuple[Study, ...], out: Path, processes: int) -> Iterable[tuple[int, int]]:
    folders = [out / s.site.code for s in studies]
    if processes < 2:
        yield from map(write_study, studies, folders)
        return
    order = sorted(range(len(studies)), key=lambda i: not studies[i].is_large)  # the slow ones first
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(write_study, [studies[i] for i in order], [folders[i] for i in order], chunksize=4)


def _write_site(out: Path, code: str, studies: tuple[Study, ...]) -> SiteMaterial:
    own = [s for s in studies if s.site.code == code]
    rows = [
        (s.study_id, write_report(s).text, s.patient.pseudonym, s.age, s.patient.sex, s.projection, _day(s.study_date))
        for s in own
    ]
    title = next(s.title for s in SITES if s.code == code)
    reports = _write_rows(out / code / "reports.csv", _REPORT_COLUMNS, rows)
    return SiteMaterial(code, title, out / code, reports, len(own))


def _day(date: str) -> str:
    return f"{date[:4]}-{date[4:6]}-{date[6:]}"


def _write_rows(path: Path, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path
