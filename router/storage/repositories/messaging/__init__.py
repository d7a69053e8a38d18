"""Rows of WhatsApp and SMS: people, messages in and out."""
