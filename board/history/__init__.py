"""What has been: tickets, calls and recordings from the store, read by pages over HTTP; and lists that never change."""
