"""The site as operators run it: PostgreSQL that restarts, nginx, containers, units and metrics."""
