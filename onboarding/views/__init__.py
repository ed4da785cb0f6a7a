"""The pages of the wizard, with a module for each step.

A view checks access, validates a form, calls a function of `onboarding.workflow`, and redirects.
"""
