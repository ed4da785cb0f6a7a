"""Sign-up."""

from allauth.account.forms import SignupForm
from allauth.account.views import SignupView
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _


class IdempotentSignupView(SignupView):  # type: ignore[misc]  # allauth ships no types
    """allauth's sign-up, safe against a form that is sent twice: a double click creates one account."""

    def form_valid(self, form: SignupForm) -> HttpResponse:
        """Create the account; redirect to the sign-in page if a concurrent request created it after the validation."""
        try:
            response: HttpResponse = super().form_valid(form)
        except IntegrityError:
            messages.info(self.request, _("You already have this account. Sign in with it."))
            return redirect("account_login")
        return response


signup = IdempotentSignupView.as_view()
