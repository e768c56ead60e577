"""How contributions lie on a disk, and what hostile zips and XML get."""

import io
import os
import stat
import struct
import tarfile
import zipfile

import pytest

from cases.adapters.decoding import Order, decode, made_uid, view_in_name
from cases.adapters.layouts import ContributionError, detect_layout, find_contribution
from cases.contribution import ImageFacts, Problem, ReportRow
from tests.cases.builders import bare, dicom, png, reports_csv, write
from tests.cases.faults import below_any_path

XML = (
    b'<eCitation><uId id="CXR7"/><AbstractText Label="FINDINGS">Clear.</AbstractText>'
    b'<AbstractText Label="COMPARISON">None</AbstractText><MeSH><major>normal</major></MeSH></eCitation>'
)


def find(path, layout="auto", reports=None):
    return find_contribution(path, reports, layout=layout, max_characters=1000)


def zipped(path, members: dict[str, bytes]):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def read_all(contribution):
    orders = [Order(file, ("DX", "CR"), "north") for file in contribution.files]
    return [decode(order) for order in orders]


def test_pictures_in_folders_belong_to_the_folder_and_loose_ones_to_themselves(tmp_path):
    write(tmp_path, {"S1/frontal.png": png(), "S1/lateral.png": png(1), "S2.png": png(2), "deep/S3/a.jpg": png(3)})
    assert [file.study_id for file in find(tmp_path).files] == ["S2", "S1", "S1", "deep/S3"]


def test_a_patient_folder_names_the_patient(tmp_path):
    write(tmp_path, {"patient00001/study1/view1_frontal.png": png(), "patient00002/study1/a.png": png()})
    files = find(tmp_path).files
    assert [file.patient_id for file in files] == ["patient00001", "patient00002"]
    assert len({file.study_id for file in files}) == 2


def test_dicom_files_name_their_study_themselves_and_their_folder_is_a_hint(tmp_path):
    write(tmp_path, {"N-1/a.dcm": dicom(), "b": dicom()})
    files = {file.name: file for file in find(tmp_path).files}
    assert files["N-1/a.dcm"].study_id == ""
    assert files["N-1/a.dcm"].hints == ("N-1",)
    assert files["b"].hints == ("b",)


def test_hidden_files_are_left_out_and_papers_beside_pictures_are_remarked(tmp_path):
    write(
        tmp_path,
        {".DS_Store": b"x", ".git/a": b"x", "readme.md": b"x", "labels.csv": b"x", "DICOMDIR": b"x", "a.png": png()},
    )
    contribution = find(tmp_path)
    assert [file.name for file in contribution.files] == ["a.png"]
    hidden, *papers = contribution.skipped
    assert (hidden.kind, hidden.value) == ("hidden", "2")
    assert ".DS_Store" in hidden.message
    assert ".git/" in hidden.message
    assert [problem.where for problem in papers] == ["DICOMDIR", "labels.csv", "readme.md"]
    assert all(problem.is_warning for problem in contribution.skipped)


def test_links_to_folders_are_not_followed_and_that_is_said_with_their_number(tmp_path):
    write(tmp_path, {"elsewhere/a.png": png(), "in/b.png": png(1)})
    (tmp_path / "in" / "more").symlink_to(tmp_path / "elsewhere")
    contribution = find(tmp_path / "in")
    assert [file.name for file in contribution.files] == ["b.png"]
    (linked,) = contribution.skipped
    assert (linked.kind, linked.value, linked.is_warning) == ("linked", "1", True)
    assert "more/" in linked.message


def test_what_is_no_file_is_passed_over_and_never_opened(tmp_path):
    write(tmp_path, {"b.png": png(1)})
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "c.dcm").symlink_to("/dev/zero")
    contribution = find(tmp_path)
    assert [file.name for file in contribution.files] == ["b.png"]
    (passed,) = contribution.skipped
    assert (passed.kind, passed.value, passed.is_warning) == ("no_file", "2", True)
    assert "pipe.json" in passed.message


@pytest.mark.parametrize("reports", [False, True])
def test_a_pipe_is_no_source(reports, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ContributionError, match="is a pipe, a socket or a device"):
        find(None if reports else tmp_path / "pipe", reports=tmp_path / "pipe" if reports else None)


def test_names_that_are_not_utf8_are_made_readable_and_numbered_as_they_lie(tmp_path):
    write(tmp_path, {"J\udce4ger/1.png": png(1), "J\udce4ger/2.zip": b"", "Zäh/1.png": png(2), "z/1.png": png(3)})
    zipped(tmp_path / "J\udce4ger" / "2.zip", {"1.png": png(4)})
    contribution = find(tmp_path)
    assert all(isinstance(answer, ImageFacts) for answer in read_all(contribution))
    names = ["J\u00e4ger/1.png", "J\u00e4ger/2.zip/1.png", "Zäh/1.png", "z/1.png"]
    assert sorted(file.name for file in contribution.files) == names
    (tmp_path / "J\udce4ger").rename(tmp_path / "Z\udce4ger")  # as Latin-1 before "Zäh", as bytes behind it
    contribution = find(tmp_path)
    told = [contribution.told_place(name.replace("Jä", "Zä")) for name in names]
    assert told == ["…/1.png (file 2)", "…/2.zip/1.png (file 3)", "…/1.png (file 1)", "z/1.png"]


def test_a_folder_that_cannot_be_listed_is_refused_by_name_and_the_rest_is_read(tmp_path):
    write(tmp_path, {"a.png": png(), "z/b.png": png(1)})
    (tmp_path / "m").mkdir()
    below_any_path(tmp_path / "m")
    contribution = find(tmp_path)
    assert [file.name for file in contribution.files] == ["a.png", "z/b.png"]
    (problem,) = contribution.refused
    assert (problem.kind, problem.is_warning, problem.where[:4]) == ("unreadable_folder", False, "m/nn")
    assert "File name too long" in problem.message


def test_a_zip_is_read_member_by_member(tmp_path):
    path = zipped(tmp_path / "c.zip", {"S1/a.png": png(), "__MACOSX/S1/._a.png": b"x", "S2/b.dcm": dicom()})
    contribution = find(path)
    assert [file.name for file in contribution.files] == ["S1/a.png", "S2/b.dcm"]
    assert all(isinstance(answer, ImageFacts) for answer in read_all(contribution))
    assert [(one.kind, one.value) for one in contribution.skipped] == [("hidden", "1")]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["c.zip"]


@pytest.mark.parametrize("name", ["../evil.dcm", "a/../../evil.dcm", "/etc/evil.dcm", "..\\evil.dcm", "C:/evil.dcm"])
def test_a_name_that_leads_out_of_the_zip_is_refused_and_nothing_is_written(name, tmp_path):
    path = zipped(tmp_path / "c.zip", {name: dicom(), "good.png": png()})
    contribution = find(path)
    assert [file.name for file in contribution.files] == ["good.png"]
    (problem,) = contribution.refused
    assert (problem.kind, problem.is_warning) == ("unsafe_name", False)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["c.zip"]


def test_what_is_packed_within_a_folder_or_zip_is_refused_by_name_with_what_to_do(tmp_path):
    inner = zipped(tmp_path / "inner.zip", {"a.png": png()}).read_bytes()
    files = {"images.tar.gz": b"x", "film.dcm.gz": b"x", "old.7z": b"x", "cut.zip": inner[:-30], "a.png": png()}
    write(tmp_path / "in", {**files, "labels.csv.gz": b"x"})
    zipped(tmp_path / "in" / "outer.zip", {"inner.zip": inner, "b.png": png(1), "more.tgz": b"x"})
    contribution = find(tmp_path / "in")
    assert [file.name for file in contribution.files] == ["a.png", "outer.zip/b.png"]
    names = ["cut.zip", "film.dcm.gz", "images.tar.gz", "old.7z", "outer.zip/inner.zip", "outer.zip/more.tgz"]
    assert [problem.where for problem in contribution.refused] == names
    assert {problem.kind for problem in contribution.refused} == {"packed"}
    assert all("unpack it" in problem.message for problem in contribution.refused)


def test_a_link_in_a_zip_is_refused(tmp_path):
    path = tmp_path / "c.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("link.dcm")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert find(path).refused[0].kind == "unsafe_name"


def test_a_member_that_grows_like_a_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("cases.adapters.decoding.RATIO_FREE_BYTES", 1000)
    (problem,) = read_all(find(zipped(tmp_path / "c.zip", {"zeros.dcm": bytes(1_000_000)})))
    assert isinstance(problem, Problem)
    assert problem.kind == "bomb"


def test_a_member_larger_than_the_limit_is_refused_with_its_size(tmp_path, monkeypatch):
    monkeypatch.setattr("cases.adapters.decoding.MAX_FILE_BYTES", 1024**2)
    contribution = find(zipped(tmp_path / "c.zip", {"big.dcm": bytes(3 * 1024**2)}))
    (problem,) = read_all(contribution)
    assert problem.kind == "too_large"
    assert "3 MiB" in problem.message


def test_a_member_whose_header_lies_about_its_size_is_refused(tmp_path):
    path = zipped(tmp_path / "c.zip", {"a.dcm": bytes(5000)})
    data = path.read_bytes().replace(struct.pack("<L", 5000), struct.pack("<L", 10))
    path.write_bytes(data)
    (problem,) = read_all(find(path))
    assert isinstance(problem, Problem)
    assert problem.kind in {"bomb", "unreadable"}


def test_an_encrypted_member_is_refused(tmp_path):
    path = zipped(tmp_path / "c.zip", {"a.dcm": dicom()})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))
    assert read_all(find(path))[0].kind == "encrypted"


def test_a_damaged_member_is_refused_and_the_others_are_read(tmp_path):
    path = zipped(tmp_path / "c.zip", {"a.png": png(), "b.png": png(7)})
    data = bytearray(path.read_bytes())
    data[40] ^= 0xFF
    path.write_bytes(bytes(data))
    kinds = [type(answer) for answer in read_all(find(path))]
    assert kinds == [Problem, ImageFacts]


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"", "empty"), (b"hello world", "format"), (b"\x1f\x8b\x08 gzip", "format"), (png()[:30], "undecodable"),
     (b"%PDF-1.7", "format")],
)  # fmt: skip
def test_a_file_that_is_no_picture_is_refused_with_its_rule(content, kind, tmp_path):
    write(tmp_path, {"file.bin": content})
    (problem,) = read_all(find(tmp_path))
    assert (problem.kind, problem.where) == (kind, "file.bin")


def test_a_file_without_preamble_is_taken_for_dicom(tmp_path):
    write(tmp_path, {"file": bare(dicom())})
    assert isinstance(read_all(find(tmp_path))[0], ImageFacts)


@pytest.mark.parametrize(
    ("files", "layout"),
    [({"a.png": b""}, "folder"), ({"indiana_reports.csv": b"", "x.png": b""}, "openi"), ({"1.xml": b"", "2.xml": b""}, "openi"),
     ({"p10/p10000032/s50414267.txt": b""}, "mimic-cxr"), ({"files/p10/x": b""}, "mimic-cxr"),
     ({"Data_Entry_2017.csv": b"", "images/00000001_000.png": b""}, "nih-cxr14"),
     ({"train_series_descriptions.csv": b"", "train_images/1/2/1.dcm": b""}, "rsna-lumbar"),
     ({"manifest.json": b'[{"object_id": "dg.MD1R/1"}]', "a.dcm": b""}, "midrc"),
     ({"other.json": b'{"object_id": "x"}', "a.dcm": b""}, "folder")],
)  # fmt: skip
def test_the_layout_of_a_folder_is_found_out(files, layout, tmp_path):
    assert detect_layout(write(tmp_path, files)) == layout


def test_mimic_reports_and_pictures_meet_in_their_study(tmp_path):
    base = "files/p10/p10000032"
    write(tmp_path, {f"{base}/s50414267.txt": b"Clear.", f"{base}/s50414267/a.dcm": dicom(), "files/index.html": b""})
    contribution = find(tmp_path)
    (row,) = contribution.reports()
    (file,) = contribution.files
    assert (row.study_id, row.facts.patient_id, row.text) == ("s50414267", "p10000032", "Clear.")
    assert (file.study_id, file.patient_id) == ("s50414267", "p10000032")
    assert len(contribution.skipped) == 1


@pytest.mark.parametrize(
    ("content", "kind"), [(b"\xff\xfe\xe9", "encoding"), (b"x" * 1001, "too_long"), (b"a\0b", "too_long")]
)
def test_a_bad_mimic_report_is_refused(content, kind, tmp_path):
    write(tmp_path, {"p10/p10000032/s50414267.txt": content})
    (problem,) = find(tmp_path).reports()
    assert problem.kind == kind


def test_openi_xml_gives_the_report_that_the_csv_gives(tmp_path):
    write(tmp_path, {"7.xml": XML})
    (row,) = find(tmp_path).reports()
    header = ("uid", "MeSH", "comparison", "findings", "impression")
    *_, other = find(reports_csv(tmp_path / "r.csv", [("7", "normal", "", "Clear.", "")], header)).reports()
    assert row.facts.metadata == {}, "the coders' terms are the answer"
    assert (row.study_id, row.text, row.facts) == (other.study_id, other.text, other.facts)


def test_openi_xml_whose_name_is_not_utf8_is_read_and_a_pipe_is_not(tmp_path):
    write(tmp_path, {"\udce4.xml": XML})
    os.mkfifo(tmp_path / "b.xml")
    (row,) = find(tmp_path).reports()
    assert (row.study_id, row.where) == ("CXR7", "ä.xml")


def test_an_openi_folder_names_each_file_that_is_passed_over(tmp_path):
    table = b"uid,MeSH,comparison,findings,impression\n7,normal,,Clear.,\n"
    others = ("indiana_projections.csv", "images/film.dcm", "images/notes.txt")
    pictures = ("images/CXR7_1_IM-0001-1001.png", "images/7_IM-0001-2001.JPEG")
    write(tmp_path, {"indiana_reports.csv": table, **dict.fromkeys((*others, *pictures), b"x"), "images/.x": b""})
    contribution = find(tmp_path)
    assert sorted(file.name for file in contribution.files) == sorted(pictures)
    assert {file.study_id for file in contribution.files} == {"CXR7"}
    told = {one.where: one for one in contribution.skipped if one.kind == "not_a_picture"}
    assert sorted(told) == sorted(others)
    assert all(one.is_warning and one.message.startswith("Passed over: it is neither") for one in told.values())
    assert [one.value for one in contribution.skipped if one.kind == "hidden"] == ["1"]


OPENI_FILES = {
    "indiana_reports.csv": b"uid,MeSH,findings,impression\n1,x,Heart enlarged.,\n2,,Clear.,Normal.\n",
    "images/1_IM-0001-4001.dcm.png": png(1),
    "images/2_IM-0652-1001.dcm.png": png(2),
}


@pytest.mark.parametrize("kind", ["folder", "zip", "folder above", "zip of the folder above", "zip in a folder"])
def test_an_openi_tree_is_the_same_as_a_folder_and_as_a_zip(kind, tmp_path):
    prefix = "up/" if "above" in kind else ""
    files = {f"{prefix}{name}": content for name, content in OPENI_FILES.items()}
    root = tmp_path / "in"
    root.mkdir()
    if "zip" in kind:
        path = zipped(root / "openi.zip", files)
        path = root if "in a folder" in kind else path
    else:
        path = write(root, files)
    assert detect_layout(path) == "openi"
    contribution = find(path)
    assert [file.study_id for file in contribution.files] == ["CXR1", "CXR2"]
    rows = [one for one in contribution.reports() if isinstance(one, ReportRow)]
    assert [row.study_id for row in rows] == ["CXR1", "CXR2"]
    assert contribution.refused == []


def test_a_folder_of_openi_xml_names_each_file_that_is_none(tmp_path):
    write(tmp_path, {"ecgen-radiology/7.xml": XML, "ecgen-radiology/._7.xml": b"", "ecgen-radiology/film.png": png()})
    contribution = find(tmp_path)
    (row,) = contribution.reports()
    assert row.study_id == "CXR7"
    assert [(one.kind, one.where) for one in contribution.skipped] == [
        ("hidden", tmp_path.name),
        ("not_a_picture", "ecgen-radiology/film.png"),
    ]


@pytest.mark.parametrize("prefix", ["", "ecgen-radiology/", "NLMCXR_reports/ecgen-radiology/"])
def test_openi_reports_are_read_from_a_zip(prefix, tmp_path):
    members = {f"{prefix}7.xml": XML, f"__MACOSX/{prefix}._7.xml": b"x", f"{prefix}cut.xml": XML[:50]}
    path = zipped(tmp_path / "x.zip", members)
    assert detect_layout(path) == "openi"
    contribution = find(path)
    problem, row = sorted(contribution.reports(), key=lambda one: isinstance(one, ReportRow))
    assert (row.study_id, problem.kind, problem.where) == ("CXR7", "xml", f"{prefix}cut.xml")
    assert contribution.files == []


def test_a_damaged_member_of_a_zip_of_openi_reports_is_refused_and_the_others_are_read(tmp_path):
    path = zipped(tmp_path / "x.zip", {"7.xml": XML, "8.xml": XML.replace(b"7", b"8")})
    content = bytearray(path.read_bytes())
    content[content.index(b"8.xml") + 10] ^= 0xFF
    path.write_bytes(content)
    assert [isinstance(one, ReportRow) for one in find(path).reports()] == [True, False]


def test_openi_reports_are_read_from_a_tar(tmp_path):
    path = tmp_path / "x.tgz"
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo("../../escape/7.xml")
        info.size = len(XML)
        archive.addfile(info, io.BytesIO(XML))
    (row,) = find(path).reports()
    assert isinstance(row, ReportRow)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["x.tgz"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<eCitation>", "xml"),
        (b'<!DOCTYPE x [<!ENTITY a "aaaa">]><eCitation>&a;</eCitation>', "xml"),
        (b"<eCitation/>", "missing"),
        (XML.replace(b"Clear.", b"x" * 2000), "too_long"),
        (b"not xml", "xml"),
    ],
)
def test_bad_xml_is_refused_with_its_rule(content, kind, tmp_path):
    write(tmp_path, {"1.xml": content, "2.xml": XML})
    problem, good = find(tmp_path).reports()
    assert (problem.kind, problem.where) == (kind, "1.xml")
    assert good.study_id == "CXR7"


@pytest.mark.parametrize(
    ("name", "layout"),
    [
        *(("m.json", "auto"), ("m.csv", "midrc"), ("a.png", "openi"), ("a.png", "mimic-cxr")),
        *(("a.png", "nih-cxr14"), ("a.png", "rsna-lumbar")),
    ],
)
def test_what_a_layout_cannot_read_is_refused_with_what_to_do(name, layout, tmp_path):
    write(tmp_path, {name: b'[{"object_id": "dg.MD1R/1"}]'})
    with pytest.raises(ContributionError, match="layout"):
        find(tmp_path / name, layout)


def test_a_path_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ContributionError, match="nothing at 'gone'"):
        find(tmp_path / "gone")


@pytest.mark.parametrize(
    ("name", "view"),
    [("p1_frontal.png", "frontal"), ("view2-lateral.jpg", "lateral"), ("a_PA.png", "PA"), ("S1_ap1.png", "AP"),
     ("graph.png", "")],
)  # fmt: skip
def test_the_view_is_read_from_a_name(name, view):
    assert view_in_name(name) == view


def test_a_made_uid_is_a_uid_and_the_same_for_the_same_bytes():
    assert made_uid(b"a") == made_uid(b"a") != made_uid(b"b")
    assert made_uid(b"a").startswith("2.25.")
    assert len(made_uid(b"a")) <= 64
