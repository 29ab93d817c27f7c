"""Events from the request that brings them to the sums that scores are made of."""
