"""`manage.py invite EMAIL`: invite somebody to sign up, where sign-up is by invitation."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.forms import ValidationError

from onboarding.notifications.account_emails import invite


class Command(BaseCommand):
    """Sends a link for sign-up to an address."""

    help = "Sends a link for sign-up to an email address. It works for seven days, and only for this address."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the email address."""
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        """Send the invitation."""
        email: str = options["email"].lower()
        try:
            validate_email(email)
        except ValidationError:
            raise CommandError(f"{email} is no email address.") from None
        invite(email)
        self.stdout.write(f"{email} is invited.")
