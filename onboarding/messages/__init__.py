"""The sentences that people read about findings and verdicts: what happened, what to do, and who must do it.

Independent of Django. Texts are marked for translation in the catalogs, and translated when they are rendered.
"""
