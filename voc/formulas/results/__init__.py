"""What a survey brought, worked out from its responses held as columns: no database, no words for people."""
