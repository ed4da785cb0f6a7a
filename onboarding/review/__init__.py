"""The review desk in Django’s admin: queue, filters, the page of a case, actions, dashboard, roles and export."""
