"""The forms, one module a step. They clean and validate what was typed, and explain errors. They write nothing."""
