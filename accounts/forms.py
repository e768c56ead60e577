"""Forms of people, invitations and profiles. What they check for the person, the actions check again."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Role, User
from accounts.queries import EventFilter

_TEAM = [choice for choice in Role.choices if choice[0] != Role.CONTRIBUTOR]  # who are invited for a site instead


class InvitationForm(forms.Form):
    email = forms.EmailField(label="E-mail address", help_text="Single sign-on finds the account by this address.")
    role = forms.ChoiceField(
        choices=_TEAM,
        widget=forms.RadioSelect,
        initial=Role.READER,
        help_text="A reader reads cases. A curator also runs imports, extraction, sampling and rounds. An admin also "
        "owns accounts, releases and the holdout. Contributors of a site are invited under Sites.",
    )


class AcceptForm(forms.Form):
    """Username (unless the account exists), name and password of an invited person."""

    username = forms.CharField(
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text="Letters, digits and . + - _ only. It stands beside your readings in exports for curators.",
        widget=forms.TextInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
    )
    name = forms.CharField(max_length=150, label="Your name", widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        strip=False,
        help_text=" ".join(password_validators_help_texts()),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password_again = forms.CharField(
        strip=False,
        label="Password again",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email, self.user = email, user
        if user is not None:
            del self.fields["username"]
            self.fields["name"].initial = user.name

    def clean_username(self) -> str:
        """An address may be a username only if it is the person's own, so that nobody signs in under another's."""
        username: str = self.cleaned_data["username"]
        if "@" in username and username.lower() != self.email.lower():
            raise ValidationError("A username with @ must be the address you were invited under; choose another.")
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError(f"The username {username} is taken; choose another.")
        return username

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        password = data.get("password")
        if password and password != data.get("password_again", password):
            self.add_error("password_again", "The two passwords differ; type the same one twice.")
        if password:
            person = User(username=data.get("username", ""), email=self.email, name=data.get("name", ""))
            try:
                validate_password(password, self.user or person)
            except ValidationError as error:
                self.add_error("password", error)
        return data


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=_TEAM)


class ProfileForm(forms.Form):
    name = forms.CharField(max_length=150, label="Your name", help_text="As others see it.")


class TokenForm(forms.Form):
    name = forms.CharField(max_length=80, label="Which program uses it", help_text="For example: nightly export.")
    expires_on = forms.DateField(
        required=False,
        label="Expires on",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="The last day it works. Left empty, it works until you revoke it.",
    )

    @property
    def expires_at(self) -> datetime | None:
        """The end of the chosen day where its person is."""
        day = self.cleaned_data["expires_on"]
        return timezone.make_aware(datetime.combine(day, time.max)) if day else None


class PeopleFilterForm(forms.Form):
    search = forms.CharField(required=False, label="Name, username or address")
    role = forms.ChoiceField(required=False, choices=[("", "Any role"), *Role.choices])
    sort = forms.CharField(required=False, widget=forms.HiddenInput)


class EventFilterForm(forms.Form):
    verb = forms.CharField(
        required=False, label="What happened", help_text="Or its beginning: release.", widget=forms.TextInput
    )
    actor = forms.CharField(required=False, label="Who", help_text="A username.")
    subject = forms.CharField(
        required=False,
        label="To what",
        help_text="As in the list: labeling.readinground:12, or the part before the colon.",
    )

    def chosen(self) -> EventFilter:
        """The filter as typed; anything unreadable narrows nothing."""
        data = self.cleaned_data if self.is_valid() else {}
        return EventFilter(**{key: str(data.get(key, "")).strip() for key in ("verb", "actor", "subject")})
