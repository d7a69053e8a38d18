"""Files that people send: fetched from WhatsApp, and put to their tickets."""
