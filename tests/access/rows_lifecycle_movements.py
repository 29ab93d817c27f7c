"""Who may see retention: managers, admins and viewers all of it, CSMs their own book, department members nothing."""

TABLE = """
#                           anon admin manager csm stranger granted member viewer
GET   retention             in   200   200     200 200      404     404    200
GET   retention_accounts    in   200   200     200 200      404     404    200
GET   retention_definitions in   200   200     200 200      404     404    200
GET   retention_compare     in   200   200     200 200      404     404    200
GET   retention_cost        in   200   200     200 200      404     404    200
GET   retention_cost_rate   in   200   404     404 404      404     404    404
POST  retention_cost_rate   in   422   404     404 404      404     404    404
"""
