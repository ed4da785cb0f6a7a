"""The admin site of the review desk."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from onboarding.models import Onboarding, User
from onboarding.review.queue import CaseAdmin
from onboarding.review.roles import AccountAdmin

admin.site.site_header = admin.site.site_title = _("Fleet API onboarding: review desk")
admin.site.index_title = _("Overview")
admin.site.enable_nav_sidebar = False
# Staff sign in on the site's own page, which limits attempts and supports second factors; others are refused here.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # allauth's documented way

admin.site.register(Onboarding, CaseAdmin)
admin.site.register(User, AccountAdmin)
