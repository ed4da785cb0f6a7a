"""The secrets for the real request."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms

from onboarding.forms.base import PassphraseField, StepForm
from onboarding.models import ClientId


class ConnectionTestForm(StepForm):
    """What the real request needs beside what is stored: two secrets, used once and kept nowhere."""

    test = forms.UUIDField(widget=forms.HiddenInput, required=False)
    fault = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)  # a rehearsal's, by name
    client_id = forms.ChoiceField(label="Client ID", required=False)
    key_file = forms.FileField(
        label="Your key file",
        help_text="You made the key yourself, so it is not here. It is used for this one test, and not kept.",
        error_messages={"required": "Choose the key file that was made with your request."},
    )
    passphrase = PassphraseField(
        label="Passphrase for the key",
        help_text="The one that was chosen with the key. It opens the key for this one test.",
    )
    password = forms.CharField(
        label="Password of the MZP login",
        help_text="It came from Stellantis together with the login. It is not the passphrase.",
        strip=False,
        max_length=256,
        error_messages={"required": "Enter the password that belongs to your MZP login."},
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "data-reveal": "", "spellcheck": "false"}),
    )

    try_anyway = forms.BooleanField(
        label="Test anyway", required=False, help_text="Sends the call although it is certain to fail."
    )

    def __init__(
        self,
        *args: Any,
        client_ids: Sequence[ClientId],
        externally_generated: bool,
        offers_anyway: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if externally_generated:
            self.fields["passphrase"].required = False
            self.fields["passphrase"].help_text = "Of the key file; empty if it has none."
        else:
            del self.fields["key_file"]
        if not offers_anyway:
            self.fields["try_anyway"].widget = forms.HiddenInput()
        self.fields["test"].initial = uuid.uuid4()
        self.only = client_ids[0].value if len(client_ids) == 1 else ""
        self.fields["client_id"].choices = [(one.value, str(one)) for one in client_ids]  # type: ignore[attr-defined]
        if self.only:
            del self.fields["client_id"]

    def clean_test(self) -> uuid.UUID:
        """The test's id; a form without one gets its own, so that its test can be cancelled like any other."""
        return self.cleaned_data["test"] or uuid.uuid4()

    @property
    def key_field(self) -> str:
        """Where what is wrong with the key itself is said."""
        return "key_file" if "key_file" in self.fields else "passphrase"

    def chosen_client_id(self) -> str:
        """The client ID to test with."""
        chosen: str = self.only or self.cleaned_data["client_id"]
        return chosen
