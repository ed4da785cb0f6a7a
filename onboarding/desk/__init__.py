"""The review desk, in Django's admin: the queue, the case, the actions, the figures, and who may do what."""
