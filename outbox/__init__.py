"""Everything that leaves the system (mail, webhooks, chat): stored with the change that causes it, sent once."""
