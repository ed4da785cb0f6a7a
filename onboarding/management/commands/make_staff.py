"""`manage.py make_staff EMAIL --role ROLE`: let an account that signed up into the review desk."""

from typing import Any

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError, CommandParser

from onboarding.models import User
from onboarding.review.roles import ROLES


class Command(BaseCommand):
    """Gives one role, and takes any other; the account signs in as before."""

    help = "Lets an account that signed up into the review desk, in one role."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whom, and as what."""
        parser.add_argument("email")
        parser.add_argument("--role", choices=sorted(ROLES), required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Staff, in just this role."""
        try:
            user = User.objects.get(email=options["email"].lower())
        except User.DoesNotExist:
            raise CommandError(f"Nobody signed up as {options['email']}. Sign up first, then run this again.") from None
        user.is_staff = True
        user.save(update_fields=["is_staff"])
        user.groups.set(Group.objects.filter(name=options["role"]))
        self.stdout.write(f"{user.email} is staff now, as {options['role']}.")
