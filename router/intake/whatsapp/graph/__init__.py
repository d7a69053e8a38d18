"""What goes out by WhatsApp: messages, and requests for media, to the Graph API of the Business Cloud."""
