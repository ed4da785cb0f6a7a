"""The faults that a partner or trainee can try, where the environment has some."""

from django.http import Http404, HttpResponse
from django.shortcuts import render

from onboarding import journey
from onboarding.environments import counterpart
from onboarding.fleets.errors import FleetsError
from onboarding.fleets.faults import OfferedFault
from onboarding.steps import Standing, Step
from onboarding.views.access import PartnerRequest, step_page

NAME_SHOWN = 64  # characters of a name that does not exist


@step_page(Step.TEST, "GET", "HEAD")
def faults(request: PartnerRequest, where: Standing) -> HttpResponse:
    """The faults in their groups, each with a link to the test that meets it."""
    if not counterpart(where.onboarding.environment).has_faults:
        raise Http404
    try:
        listed, problem = journey.faults_of(where.onboarding), ""
    except FleetsError as error:
        listed, problem = (), error.text
    context = {"step": Step.TEST, "places": Standing.places(where), "where": where}
    return render(request, "onboarding/faults.html", {**context, "faults": listed, "problem": problem})


def named_fault(where: Standing, name: str) -> OfferedFault | None:
    """The fault of that name; None for "" (FleetsError: there is none, or the rehearsal does not answer)."""
    if not name:
        return None
    if not counterpart(where.onboarding.environment).has_faults:
        raise Http404
    for one in journey.faults_of(where.onboarding):
        if one.name == name:
            return one
    raise FleetsError("fault_unknown", name[:NAME_SHOWN])
