"""The pages of the wizard, one module a step. A view checks access, validates a form, calls a verb and redirects."""
