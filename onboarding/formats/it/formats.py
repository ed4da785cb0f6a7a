"""The formats of Italian: Django's have the day of the week."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j F Y, H:i"
