"""Rows of older releases: what a migration reads from their originals."""

from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings

from cases.adapters.storage import ORIGINALS
from cases.models import FrameSet, Image, Series
from tests.cases.builders import RAMP, big_endian, dicom, png, take_in, write
from tests.factories import keep

HEADERS = import_module("cases.migrations.0013_headers_through_the_gate")
PIXELS = import_module("cases.migrations.0014_pixels_of_big_endian_files")
KIND = import_module("cases.migrations.0009_kind_of_stored_instances")
SERIES = import_module("cases.migrations.0010_series_of_dicom")
DX = "1.2.840.10008.5.1.4.1.1.1.1"


@pytest.mark.django_db
def test_the_kind_of_instances_that_are_stored_is_read_from_their_originals(benchmark_, tmp_path, monkeypatch):
    monkeypatch.setattr(KIND, "_AT_ONCE", 2)
    files = {f"{number}.dcm": dicom(RAMP + number, study=number) for number in range(5)}
    take_in(benchmark_, write(tmp_path, {**files, "picture.png": png()}))
    lost, odd = Image.objects.order_by("pk")[1:3]
    Image.objects.filter(pk=lost.pk).update(sha256="0" * 64)
    Image.objects.filter(pk=odd.pk).update(sha256=keep(ORIGINALS, b"no DICOM"))
    assert set(Image.objects.exclude(transfer_syntax="").values_list("sop_class", "bits_allocated")) == {(DX, 16)}
    Image.objects.update(sop_class="", bits_allocated=None)

    KIND.fill(apps, None)

    told = dict(Image.objects.values_list("pk", "sop_class"))
    assert [told.pop(one.pk) for one in (lost, odd)] == ["", ""]
    assert sorted(told.values()) == ["", *[DX] * 3]  # a picture has no header
    assert Image.objects.filter(bits_allocated=16).count() == 3


@pytest.mark.django_db
def test_series_learn_that_their_images_came_as_dicom(benchmark_, tmp_path):
    take_in(benchmark_, write(tmp_path, {"1.dcm": dicom(), "picture.png": png()}))
    before = dict(Series.objects.values_list("pk", "is_dicom"))
    assert sorted(before.values()) == [False, True]
    Series.objects.update(is_dicom=False)

    SERIES.fill(apps, None)

    assert dict(Series.objects.values_list("pk", "is_dicom")) == before


@pytest.mark.django_db
def test_headers_that_came_in_before_the_gate_are_put_through_it(benchmark_, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "DERIVE_FRAMES_AT_INTAKE", True)
    windows = {"WindowCenter": 2000, "WindowWidth": 4000, "WindowCenterWidthExplanation": "NORMAL"}
    files = {f"{number}.dcm": dicom(RAMP + number, study=number, ViewPosition="PA", **windows) for number in (1, 2)}
    take_in(benchmark_, write(tmp_path, files))
    old, other = Image.objects.select_related("series__study").order_by("pk")
    old.display["windows"][0]["name"] = "for Zebraquist"
    old.view_position = old.series.study.view_position = "ZEBRAQUIST"
    old.series.study.age = 97
    old.save()
    old.series.study.save()

    HEADERS.through_the_gate(apps, None)

    old, other = Image.objects.select_related("series__study").order_by("pk")
    assert (old.view_position, old.series.study.view_position, old.series.study.age) == ("", "", 90)
    assert (other.view_position, other.series.study.view_position) == ("PA", "PA")
    assert [one.display["windows"][0]["name"] for one in (old, other)] == ["", "NORMAL"]
    assert list(FrameSet.objects.values_list("image", flat=True)) == [other.pk]  # the old frame file told the name


@pytest.mark.django_db
def test_the_pixels_of_big_endian_files_are_digested_as_those_of_others_are(benchmark_, tmp_path):
    take_in(benchmark_, write(tmp_path, {"1.dcm": big_endian(dicom()), "2.dcm": dicom(RAMP + 1, study=2)}))
    before = dict(Image.objects.values_list("pk", "pixel_sha256"))
    Image.objects.update(pixel_sha256="0" * 64)

    PIXELS.digest_anew(apps, None)

    stored = dict(Image.objects.values_list("pk", "pixel_sha256"))
    odd = Image.objects.get(transfer_syntax="1.2.840.10008.1.2.2").pk
    assert stored == {pk: digest if pk == odd else "0" * 64 for pk, digest in before.items()}
