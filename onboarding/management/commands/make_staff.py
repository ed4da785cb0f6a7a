"""`manage.py make_staff EMAIL --role ROLE`: give an account access to the review desk."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from onboarding.models import User
from onboarding.review.roles import ROLES
from onboarding.workflow.accounts import UnverifiedAddressError, set_role


class Command(BaseCommand):
    """Makes an existing account staff and gives it one role in place of its previous roles."""

    help = "Gives an existing account access to the review desk, in one role."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the email address and the role."""
        parser.add_argument("email")
        parser.add_argument("--role", choices=sorted(ROLES), required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the account staff, with only this role."""
        try:
            user = User.objects.get(email=options["email"].lower())
        except User.DoesNotExist:
            raise CommandError(f"There is no account {options['email']}. Sign up first, then run this again.") from None
        try:
            set_role(user, options["role"], None)
        except UnverifiedAddressError:
            raise CommandError(
                f"{user.email} has not confirmed this address. Open the link in the email, then run this again."
            ) from None
        self.stdout.write(
            f"{user.email} is staff now, with the role {options['role']}. An email says how to choose a new password "
            "and to set up a second factor."
        )
