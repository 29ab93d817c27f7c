"""Calendars: read from addresses, files and mails; matched to accounts; logged; and given out as a feed."""
