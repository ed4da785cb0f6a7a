"""The help: a glossary, a page for each step with command lines, and a page for each finding and verdict."""
