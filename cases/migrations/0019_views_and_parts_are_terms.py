"""What came in before code strings and classes were held to the standard's: views, parts of the body and SOP classes that
are none go, from the images and from what findings say.

Names of makers and of windows are held to the stricter words of technique. Frame files hold the names of windows too: those of
an image whose names change here are taken away, to be derived anew.
"""

import re
from collections.abc import Callable
from typing import Any

from django.db import migrations, models

_PRIVATE = "The SOP class, a private one, is not one of modality "
_AT_ONCE = 500


def to_the_terms(apps: Any, _schema_editor: Any) -> None:
    from cases.gate.header.technique import is_technique, words_of_technique  # words, which only an upgrade should pay
    from cases.gate.header.terms import is_body_part, is_view

    studies, images = (apps.get_model("cases", name) for name in ("Study", "Image"))
    series = apps.get_model("cases", "Series")
    _emptied(studies, "view_position", is_view)
    _emptied(images, "view_position", is_view)
    _emptied(studies, "body_part", is_body_part)
    _emptied(series, "description", is_technique)
    for maker in _values(studies, "manufacturer"):
        studies.objects.filter(manufacturer=maker).update(manufacturer=words_of_technique(maker))
    _classes(images, apps.get_model("cases", "GateFinding"))
    _windows(images, apps.get_model("cases", "FrameSet"), is_technique)


def _values(model: Any, field: str) -> list[str]:
    rows = model.objects.exclude(**{field: ""}).values_list(field, flat=True)
    return list(rows.order_by().distinct())


def _emptied(model: Any, field: str, is_kept: Callable[[str], bool]) -> None:
    gone = [text for text in _values(model, field) if not is_kept(text)]
    model.objects.filter(**{f"{field}__in": gone}).update(**{field: ""})


def _classes(images: Any, findings: Any) -> None:
    from pydicom._uid_dict import UID_dictionary

    _emptied(images, "sop_class", UID_dictionary.__contains__)
    told = re.compile(r"The SOP class ([0-9.]+) is not one of modality (\w+)")
    for finding in findings.objects.filter(check_name="sop_class", what__startswith="The SOP class ").only("what"):
        found = told.fullmatch(finding.what)
        if found and found[1] not in UID_dictionary:
            findings.objects.filter(pk=finding.pk).update(what=f"{_PRIVATE}{found[2]}")


def _windows(images: Any, frame_sets: Any, is_technique: Callable[[str], bool]) -> None:
    last = 0
    rows = images.objects.exclude(display__windows=[]).only("display").order_by("pk")
    while some := list(rows.filter(pk__gt=last)[:_AT_ONCE]):
        last = some[-1].pk
        changed = []
        for image in some:
            named = [one for one in image.display.get("windows") or [] if not is_technique(str(one.get("name") or ""))]
            for one in named:
                one["name"] = ""
            changed += [image] if named else []
        images.objects.bulk_update(changed, ["display"])
        frame_sets.objects.filter(image__in=changed).delete()


class Migration(migrations.Migration):
    dependencies = [("cases", "0018_problems_name_nobody")]

    operations = [
        migrations.AlterField(
            model_name="image",
            name="sop_class",
            field=models.CharField(
                blank=True, help_text="SOPClassUID, when the header gave one of the standard's.", max_length=64
            ),
        ),
        migrations.RunPython(to_the_terms, migrations.RunPython.noop),
    ]
