"""The admin site of the review desk."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from onboarding.models import Onboarding, OutgoingEmail, User
from onboarding.review.accounts import AccountAdmin
from onboarding.review.emails import EmailAdmin
from onboarding.review.queue import CaseAdmin

admin.site.site_header = admin.site.site_title = _("Fleet API onboarding: review desk")
admin.site.index_title = _("Overview")

admin.site.register(Onboarding, CaseAdmin)
admin.site.register(User, AccountAdmin)
admin.site.register(OutgoingEmail, EmailAdmin)

# Texts of Django's admin that Django does not translate into each of our languages. Our catalogs have them.
ADMIN_TEXTS = (gettext_noop("Add link"), gettext_noop("Change or view list link"), gettext_noop("Model name"))
