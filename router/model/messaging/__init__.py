"""Messages of people who write by WhatsApp or SMS, and messages to them."""
