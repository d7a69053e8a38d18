"""Sign-in by an OpenID Connect provider: the client, its pages, and the accounts of whom it signs in."""
