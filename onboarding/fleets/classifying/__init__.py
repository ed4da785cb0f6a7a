"""Classify what happened in a connection test: preparation, failures, responses, and remarks."""
