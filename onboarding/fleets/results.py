"""Read the stored result of a connection test, including results that an earlier version stored."""

from collections.abc import Mapping
from typing import Any

from onboarding.fleets.connecting.timing import current_stage, stage_label
from onboarding.fleets.experiments import current_experiment
from onboarding.messages.verdict import Remark, Verdict

# The keys of earlier versions.
RENAMED_KEYS = {
    "evidence": "details",
    "controls": "experiments",
    "operator": "gateway_error",
    "examined_at": "tested_at",
}
RENAMED_DETAILS = {"asked_for_certificate": "certificate_requested", "clock_off_minutes": "clock_offset_minutes"}


def current_result(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the stored `Diagnosis.to_dict()` with the current keys, and with its sentences in the current language.

    Sentences that can't be rendered again, because an earlier version stored them without parameters, stay as stored.
    """
    result = _rename_keys(stored, RENAMED_KEYS)
    return result | {
        "verdict": Verdict.from_dict(result.get("verdict") or {}).to_dict(),
        "remarks": [Remark.from_dict(remark).to_dict() for remark in result.get("remarks", ())],
        "experiments": [current_experiment(experiment) for experiment in result.get("experiments", ())],
        "stages": [current_stage(stage) for stage in result.get("stages", ())],
        "stage_reached_label": stage_label(result.get("stage_reached", "")),
        "details": _rename_keys(result.get("details") or {}, RENAMED_DETAILS),
    }


def _rename_keys(stored: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in stored.items()}
