"""Who the customers are and what happened. An account is a customer company, never a log-in (those are `team.User`)."""
