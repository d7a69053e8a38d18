"""Commands of messages with citizens: WhatsApp."""
