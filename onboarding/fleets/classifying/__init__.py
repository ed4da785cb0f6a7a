"""From what happened to a verdict: preparation, failures, responses, and remarks."""
