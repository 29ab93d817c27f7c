"""What the frame asks for, and the page of all components (there in demo mode alone)."""

TABLE = """
#                         anon admin manager csm stranger granted member viewer
POST  set_theme           422  422  422  422 422  422  422 422
GET   parse_day           in   200  200  200 200  200  200 200
GET   components            200  200  200  200 200  200  200 200
"""

DATA = {"GET parse_day": {"text": "fri", "q": "fri"}}
