"""The pages: refuse early, form, verb, redirect."""
