"""Everything that changes an onboarding: one module for each model, the table of transitions, and what is next."""
