"""The sentences that people read about findings and verdicts: what was seen, what to do, and who must do it.

Knows nothing of Django. Texts are marked for translation where they stand, and translated when they are shown.
"""
