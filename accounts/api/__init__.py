"""The API of customers and their facts: `/api/v1/...`."""
