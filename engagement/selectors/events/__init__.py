"""What came in from customers' programs: the live stream, receipts, single events, the quarantine."""
