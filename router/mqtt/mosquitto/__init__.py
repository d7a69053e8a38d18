"""What Mosquitto is told: configuration, accounts, permissions, quotas, and who is connected."""
