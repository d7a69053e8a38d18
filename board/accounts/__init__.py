"""Who may see and do what at the screens: accounts, sign-in, sessions, permissions, walls, and the audit log."""
