"""Calls in the store: in progress, logged, recorded, called back, and as CDR and CEL have them."""
