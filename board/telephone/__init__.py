"""An operator's telephone in the browser: what it signs in with, and the way of its SIP to Asterisk."""
