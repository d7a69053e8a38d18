"""A stand-in for Meta: a Graph API that checks what the real one checks, and people who write by WhatsApp."""
