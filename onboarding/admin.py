"""The admin: the review desk, and who may sign in to it."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin

from onboarding.models import Onboarding, User
from onboarding.review.queue import CaseAdmin
from onboarding.review.roles import AccountAdmin

admin.site.site_header = admin.site.site_title = "Fleet API onboarding: review desk"
admin.site.index_title = "What waits for whom"
admin.site.enable_nav_sidebar = False
# The one way in is the site's own sign-in, with its limits and second factors; who is not staff is refused.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # allauth's documented way

admin.site.register(Onboarding, CaseAdmin)
admin.site.register(User, AccountAdmin)
