"""Health pages: for machines, without a log-in. Metrics answer the machine itself (the table asks from 127.0.0.1)."""

TABLE = """
#               anon admin manager csm stranger granted member viewer
GET   healthz   200  200  200  200 200  200  200 200
# No worker beats in the table's world, so it is not fit for work.
GET   readyz    503  503  503  503 503  503  503 503
GET   metrics   200  200  200  200 200  200  200 200
"""
