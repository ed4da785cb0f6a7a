"""The test step: the secrets for one connection test, and which client ID to use."""

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onboarding.forms.base import PassphraseField, StepForm, secret_input
from onboarding.models import CaCertificate, ClientId, ConnectionTest


def _ca_label(ca: CaCertificate) -> str:
    values = {"name": ca.name, "fingerprint": ca.fingerprint_pairs}
    return gettext("I trust “%(name)s”. SHA-256: %(fingerprint)s") % values


class ConnectionTestForm(StepForm):
    """What a connection test needs that is not stored: the secrets are used once and then dropped.

    `test` identifies the test, so that a form which is sent twice makes one request. `fault` names a fault of the
    rehearsal. A key that was generated elsewhere comes as a file.
    """

    test = forms.UUIDField(widget=forms.HiddenInput, required=False)
    fault = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    client_id = forms.ChoiceField(label=_("Client ID"), required=False)
    key_file = forms.FileField(
        label=_("Your key file"),
        help_text=_(
            "You made the key yourself, so we don’t have it. We use the file for this test and don’t store it."
        ),
        error_messages={"required": _("Choose the key file that belongs to your request.")},
    )
    passphrase = PassphraseField(
        help_text=_("The one that you chose with the key. We use it for this test and don’t store it.")
    )
    password = forms.CharField(
        label=_("Password of the MZP login"),
        help_text=_("Stellantis gave it to you with the login. It is not the passphrase."),
        strip=False,
        max_length=256,
        error_messages={"required": _("Enter the password of your MZP login.")},
        widget=secret_input(_("Show the password")),
    )
    trusted = forms.MultipleChoiceField(
        label=_("CA certificates of Stellantis’ gateway"),
        help_text=_(
            "Compare each fingerprint with your contact at Stellantis. We send your password only to a server that a "
            "confirmed CA certificate identifies."
        ),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Confirm the CA certificate of Stellantis’ gateway.")},
    )
    try_anyway = forms.BooleanField(
        label=_("Test anyway"), required=False, help_text=_("We send the request although it is certain to fail.")
    )

    send_password_anyway = forms.BooleanField(
        label=_("Send my login and password anyway"),
        required=False,
        help_text=_("For this test only, to a server that does not ask for your certificate."),
    )

    def __init__(
        self,
        *args: Any,
        client_ids: Sequence[ClientId],
        externally_generated: bool,
        unconfirmed_cas: Sequence[CaCertificate] = (),
        has_trusted_ca: bool = True,
        password_withheld: bool = False,
        filled_password: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if unconfirmed_cas:
            self.fields["trusted"].choices = [(ca.fingerprint, _ca_label(ca)) for ca in unconfirmed_cas]  # type: ignore[attr-defined]  # a MultipleChoiceField
            self.fields["trusted"].required = not has_trusted_ca
        else:
            del self.fields["trusted"]
        if not password_withheld:  # an answer to a verdict, never a default
            del self.fields["send_password_anyway"]
        if externally_generated:
            self.fields["passphrase"].required = False
            self.fields["passphrase"].help_text = gettext("Leave empty if the file has none.")
        else:
            del self.fields["key_file"]
        if filled_password:  # that of a practice gateway, which is no secret
            self.fields["password"].widget.attrs["value"] = filled_password
        self.fields["try_anyway"].widget = forms.HiddenInput()  # until `continue_from` offers it
        self.fields["test"].initial = uuid.uuid4()
        self.single_client_id = client_ids[0].value if len(client_ids) == 1 else ""
        choices = [(client_id.value, str(client_id)) for client_id in client_ids]
        self.fields["client_id"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        if self.single_client_id:
            del self.fields["client_id"]

    def continue_from(self, last: ConnectionTest) -> None:
        """Select the client ID of the last test, and offer to test anyway if the last request was not sent."""
        self.initial["client_id"] = last.client_id
        if last.result.get("can_try_anyway"):
            self.fields["try_anyway"].widget = forms.CheckboxInput()

    def clean_test(self) -> uuid.UUID:
        """Return the test's id, or a new one where the form has none, so that every test can be cancelled."""
        return self.cleaned_data["test"] or uuid.uuid4()

    @property
    def key_field(self) -> str:
        """The name of the field that shows errors of the key itself."""
        return "key_file" if "key_file" in self.fields else "passphrase"

    def chosen_client_id(self) -> str:
        """Return the client ID to test with."""
        chosen: str = self.single_client_id or self.cleaned_data["client_id"]
        return chosen
