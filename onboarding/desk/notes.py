"""Notes among staff about a case, which its partner never sees."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect

from onboarding.desk.roles import actor_of
from onboarding.journey.desk import RefusedError, take_note
from onboarding.models import Onboarding

NOTE_MAX = 5000  # characters


class NoteForm(forms.Form):
    """The text of a note."""

    text = forms.CharField(max_length=NOTE_MAX, error_messages={"required": "The note was empty; nothing is kept."})


def note(request: HttpRequest, one: Onboarding) -> HttpResponseRedirect:
    """Keep a note, and go back to the case."""
    form = NoteForm(request.POST)
    if request.method == "POST" and form.is_valid():
        try:
            take_note(one, actor_of(request), form.cleaned_data["text"])
            messages.success(request, "The note is kept. Partners don’t see it.")
        except RefusedError as error:
            messages.error(request, f"The note can’t be kept: {error}.")
    elif request.method == "POST":
        messages.error(request, " ".join(str(error) for error in form.errors["text"]))
    return redirect("admin:onboarding_onboarding_change", one.pk)
