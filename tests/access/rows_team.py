"""Who may do what with people, settings, audit and the own profile."""

TABLE = """
"""
