"""Sign-up, progress allauth's own view does not look for a form that was sent twice."""

from allauth.account.forms import SignupForm
from allauth.account.views import SignupView
from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect


class OneSignupView(SignupView):  # type: ignore[misc]  # allauth ships no types
    """A double click makes one account; whoever loses the race between the two is led to sign in."""

    def form_valid(self, form: SignupForm) -> HttpResponse:
        """Make the account, unless this form's twin has done so since it was checked."""
        try:
            done: HttpResponse = super().form_valid(form)
        except IntegrityError:
            messages.info(self.request, "This account was made already. Sign in with it.")
            return redirect("account_login")
        return done


signup = OneSignupView.as_view()
