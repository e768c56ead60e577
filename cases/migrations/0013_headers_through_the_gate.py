"""What came in before every header value went through the gate: ages over 90, and texts of technique that may name somebody.

Frame files hold the names of windows too: those of an image whose names change here are taken away, to be derived anew.
"""

from typing import Any

from django.db import migrations

_OLDEST = 90
_TEXTS = (("Study", "view_position"), ("Study", "body_part"), ("Image", "view_position"), ("Image", "laterality"))
_AT_ONCE = 500


def through_the_gate(apps: Any, _schema_editor: Any) -> None:
    from cases.gate.header.technique import is_technique  # half a second of words, which only an upgrade should pay

    apps.get_model("cases", "Study").objects.filter(age__gt=_OLDEST).update(age=_OLDEST)
    for model, field in _TEXTS:
        rows = apps.get_model("cases", model).objects
        named = [text for text in rows.values_list(field, flat=True).order_by().distinct() if not is_technique(text)]
        rows.filter(**{f"{field}__in": named}).update(**{field: ""})
    _windows(apps.get_model("cases", "Image"), apps.get_model("cases", "FrameSet"), is_technique)


def _windows(images: Any, frame_sets: Any, is_technique: Any) -> None:
    last = 0
    rows = images.objects.exclude(display__windows=[]).only("display").order_by("pk")
    while some := list(rows.filter(pk__gt=last)[:_AT_ONCE]):
        last = some[-1].pk
        changed = []
        for image in some:
            windows = image.display.get("windows") or []
            named = [one for one in windows if not is_technique(str(one.get("name") or ""))]
            for one in named:
                one["name"] = ""
            changed += [image] if named else []
        images.objects.bulk_update(changed, ["display"])
        frame_sets.objects.filter(image__in=changed).delete()


class Migration(migrations.Migration):
    dependencies = [("cases", "0012_contributors")]

    operations = [migrations.RunPython(through_the_gate, migrations.RunPython.noop)]
