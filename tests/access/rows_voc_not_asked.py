"""Who may read who was not asked: those who see waves."""

TABLE = """
#                 anon admin manager csm stranger granted member viewer
GET   not_asked   in   200   200     200 200      404     404    200
"""
