"""Commands about the screens: users, walls, audit log."""
