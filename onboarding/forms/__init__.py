"""One form a step: what is typed is cleaned, checked and explained here; nothing is written."""
