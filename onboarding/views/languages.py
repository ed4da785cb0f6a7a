"""The language and the time zone: the switch in the footer, and a page with both choices."""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from onboarding.languages import zone_choices
from onboarding.workflow.accounts import choose_reading


class LanguageForm(forms.Form):
    """The language, and the time zone if the user is signed in; a part that was not sent is not changed."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they come
        self.fields["language"].choices = settings.LANGUAGES  # type: ignore[attr-defined]  # of a ChoiceField
        zones = [(name, name.replace("_", " ")) for name in zone_choices()]
        self.fields["time_zone"].choices = [("", _("As in my browser")), *zones]  # type: ignore[attr-defined]


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def language(request: HttpRequest) -> HttpResponse:
    """Show the choices. POST stores them, in the account and in a cookie, and returns to the page in `next`.

    Only who is signed in needs a token: a visitor has nothing but the cookie, and the footer of each page sets none.
    """
    return (csrf_protect(_language) if request.user.is_authenticated else _language)(request)


def _language(request: HttpRequest) -> HttpResponse:
    current = {"language": translation.get_language(), "time_zone": getattr(request.user, "time_zone", "")}
    form = LanguageForm(request.POST if request.method == "POST" else None, initial=current)
    if not form.is_bound or not form.is_valid():
        return render(request, "onboarding/language.html", {"form": form})
    chosen = form.cleaned_data["language"]
    if request.user.is_authenticated:
        zone = form.cleaned_data["time_zone"] if "time_zone" in request.POST else None
        choose_reading(request.user, language=chosen or None, time_zone=zone)
    response = HttpResponseRedirect(_next(request))
    if chosen:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
            samesite="Lax",  # not shown: for browsers
        )
    return response


def _next(request: HttpRequest) -> str:
    """Return the page to return to, if it is one of this site."""
    address = request.POST.get("next", "")
    return address if url_has_allowed_host_and_scheme(address, allowed_hosts=None) else reverse("language")
