"""The admin site of the review desk."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from onboarding.models import Onboarding, OutgoingEmail, User
from onboarding.review.accounts import AccountAdmin
from onboarding.review.emails import EmailAdmin
from onboarding.review.queue import CaseAdmin

admin.site.site_header = admin.site.site_title = _("Fleet API onboarding: review desk")
admin.site.index_title = _("Overview")

admin.site.register(Onboarding, CaseAdmin)
admin.site.register(User, AccountAdmin)
admin.site.register(OutgoingEmail, EmailAdmin)
