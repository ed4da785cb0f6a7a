"""Gets a fleet owner's servers trusted by the Stellantis fleet API over mutual TLS."""
