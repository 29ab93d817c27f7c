"""The tracking API asks for a write key and for nothing else: who is signed in plays no part. A form says nothing that
it could read, and has no key in it."""

TABLE = """
#                               anon admin manager csm stranger granted member viewer key_read key_write
POST ingest call=track          400  400   400     400 400      400     400    400    401      401
POST ingest call=batch          400  400   400     400 400      400     400    400    401      401
POST ingest call=import         400  400   400     400 400      400     400    400    401      401
GET  ingest_receipt receipt=0b7f4f0e-26f4-4c6d-9a3e-2f6f2f0a9b11 401 401 401 401 401 401 401 401 401 401
"""
