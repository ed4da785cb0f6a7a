"""Emails: drafts that partners send themselves, and emails of the review desk to partners."""
