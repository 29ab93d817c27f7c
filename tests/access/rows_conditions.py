"""Access to the editor of conditions."""

TABLE = """
#                    anon admin manager csm stranger granted member viewer
GET   condition_row  in   200   200     200 200      404     404    404
"""
DATA = {"GET condition_row": {"field": "conditions"}}
