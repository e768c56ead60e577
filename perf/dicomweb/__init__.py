"""DICOMweb beside Orthanc (`python -m perf.dicomweb`), and with OHIF (`python -m perf.dicomweb.ohif`)."""

SLUG = "chest-radiograph"


def curator_token() -> str:
    """A curator's token."""
    from accounts.actions import create_api_token
    from accounts.models import Role, User

    user, _ = User.objects.get_or_create(username="perf-curator", defaults={"role": Role.CURATOR})
    user.api_tokens.all().delete()
    return create_api_token(user=user, name="perf").secret
