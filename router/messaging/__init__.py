"""What WhatsApp and SMS share: people who write to us, and the queue of what is sent to them."""
