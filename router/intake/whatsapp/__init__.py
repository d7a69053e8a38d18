"""WhatsApp, by the Business Cloud API."""
