"""Pages of a list that cost the same however long it is: rows are counted only as far as anybody would leaf."""

from functools import cached_property

from django.core.paginator import Paginator
from django.db.models import Model, QuerySet

MOST = 500  # rows; beyond them, a filter finds faster than leafing


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # Django's has no arguments at run time
    """Counts up to MOST; a longer list ends there, and says that there is more."""

    @cached_property
    def count(self) -> int:
        """The number of rows that can be leafed through."""
        return min(self._counted, MOST)

    @property
    def more(self) -> bool:
        """Whether there are rows beyond those."""
        return self._counted > MOST

    @cached_property
    def _counted(self) -> int:
        rows: QuerySet[Model] = self.object_list  # type: ignore[assignment]  # the admin gives a queryset
        return rows.order_by()[: MOST + 1].count()
