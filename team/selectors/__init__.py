"""What the team app knows: the install, the inbox, the audit trail, sessions."""
