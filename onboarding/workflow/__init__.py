"""The functions that change an onboarding, by model; the table of transitions; and the next step."""
