"""`manage.py make_staff EMAIL --role ROLE`: give an account access to the review desk."""

from typing import Any

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError, CommandParser

from onboarding.models import User
from onboarding.review.roles import ROLES


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
        user.is_staff = True
        user.save(update_fields=["is_staff"])
        user.groups.set(Group.objects.filter(name=options["role"]))
        self.stdout.write(f"{user.email} is staff now, with the role {options['role']}.")
