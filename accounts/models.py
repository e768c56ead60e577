"""Users and their roles, invitations and API tokens."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from core.prepared import PreparedRows


class Role(models.TextChoices):
    READER = "reader", "Reader"
    CONTRIBUTOR = "contributor", "Contributor"
    CURATOR = "curator", "Curator"
    ADMIN = "admin", "Admin"


class PeopleManager(UserManager["User"]):
    """Django's own; the person of a session is asked for with every request, by their key alone, and so prepared."""

    use_in_migrations = False

    def get(self, *conditions: Any, **fields: Any) -> "User":
        if conditions or fields.keys() != {"pk"} or not isinstance(fields["pk"], int):
            return super().get(*conditions, **fields)
        found = _person.first(fields["pk"])
        if found is None:
            raise User.DoesNotExist
        return found


_person = PreparedRows["User"](lambda pk: User._base_manager.filter(pk=pk), 1)


class User(AbstractUser):
    """A person. One role each; an admin may do what a curator may, a contributor sends one site's studies alone."""

    first_name = None  # type: ignore[assignment]  # people have one name field here
    last_name = None  # type: ignore[assignment]  # see name
    name = models.CharField(max_length=150, blank=True)
    role = models.CharField(max_length=12, choices=Role, default=Role.READER)
    home_site_code = models.CharField(max_length=50, blank=True, help_text="Code of the site the person works at.")

    objects: ClassVar[PeopleManager] = PeopleManager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_is_known"),
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="user_email_is_unique"),
            models.UniqueConstraint(Lower("username"), name="user_username_is_unique_whatever_its_case"),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name or self.username

    def get_short_name(self) -> str:
        return self.username

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def is_curator(self) -> bool:
        """Curators, and admins, who may do all a curator may."""
        return self.role in {Role.CURATOR, Role.ADMIN}

    @property
    def is_reader(self) -> bool:
        return self.role == Role.READER

    @property
    def is_contributor(self) -> bool:
        """Sends the studies of one site and sees what became of them; nothing else."""
        return self.role == Role.CONTRIBUTOR


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        """Neither accepted nor revoked; they may have expired."""
        return self.filter(accepted_at__isnull=True, revoked_at__isnull=True)


class Invitation(models.Model):
    """A way in for one person: the link's secret is stored only as a digest."""

    email = models.EmailField()
    role = models.CharField(max_length=12, choices=Role)
    user = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="invitations",
        help_text="The account it opens, when a roster created it before; set on acceptance otherwise.",
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="invitation_role_is_known"),
            models.UniqueConstraint(
                Lower("email"),
                condition=models.Q(accepted_at__isnull=True, revoked_at__isnull=True) & ~models.Q(email=""),
                name="invitation_open_is_unique_by_email",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_open_is_unique_by_user",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation of {self.email or self.user}"

    @property
    def state(self) -> str:
        """accepted, revoked, expired, or invited while the link still opens."""
        if self.accepted_at:
            return "accepted"
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at <= timezone.now() else "invited"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def live(self) -> "ApiTokenQuerySet":
        """Neither revoked nor expired."""
        return self.filter(revoked_at__isnull=True).exclude(expires_at__lte=timezone.now())


class ApiToken(models.Model):
    """A key to the API for one user's program; only its digest is stored."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, help_text="First characters, so that a person can tell tokens apart.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def state(self) -> str:
        """active, revoked or expired."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at and self.expires_at <= timezone.now() else "active"
