"""Reading what partners upload: files, pasted text, zip files and emails, and the certificates in them."""
