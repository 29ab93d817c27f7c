"""What people type into the team's pages."""
