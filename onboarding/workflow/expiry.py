"""When a certificate expires, as a number of days and as a sentence. Every page and email reads it here."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

RENEW_BEFORE = timedelta(days=60)  # some signatures took weeks
RENEW_BEFORE_PART = 3  # of a short lifetime, its last third,
RENEW_BEFORE_MIN = timedelta(days=14)  # but at least as long as a signature often takes


@dataclass(frozen=True)
class Expiry:
    """The dates of a certificate. Days are calendar days in UTC, so that all pages name the same day and number."""

    not_before: datetime
    not_after: datetime

    @property
    def renewal_due_at(self) -> datetime:
        """When the renewal should begin: 60 days before the expiry, or in the last third of a shorter lifetime.

        It is never later than 14 days before the expiry.
        """
        part = (self.not_after - self.not_before) / RENEW_BEFORE_PART
        return self.not_after - min(RENEW_BEFORE, max(part, RENEW_BEFORE_MIN))

    @property
    def is_renewal_due(self) -> bool:
        """Whether the renewal should have begun."""
        return timezone.now() >= self.renewal_due_at

    @property
    def is_past(self) -> bool:
        """Whether the certificate has expired."""
        return timezone.now() > self.not_after

    @property
    def days(self) -> int:
        """The days until the expiry; negative after it."""
        return days_until(self.not_after)

    @property
    def text(self) -> str:
        """When it expires, as a sentence: the days that are left, and the day."""
        return expiry_text(self.not_after)


def days_until(moment: datetime) -> int:
    """Return the calendar days from today to `moment`, in UTC; negative if it is past."""
    return (moment.astimezone(UTC).date() - timezone.now().date()).days


def expiry_text(not_after: datetime) -> str:
    """Return when a certificate expires, as a sentence."""
    days, values = days_until(not_after), {"day": date_format(not_after.astimezone(UTC), "DATE_FORMAT")}
    if days == 0:
        past = timezone.now() > not_after
        return (_("Expired today, on %(day)s.") if past else _("Expires today, on %(day)s.")) % values
    if days < 0:
        sentence = ngettext("Expired %(days)d day ago, on %(day)s.", "Expired %(days)d days ago, on %(day)s.", -days)
    else:
        sentence = ngettext("Expires in %(days)d day, on %(day)s.", "Expires in %(days)d days, on %(day)s.", days)
    return sentence % {"days": abs(days), **values}
