"""The supervisor (being written)."""


def main(arguments: list[str]) -> int:
    """Runs the stack."""
    raise SystemExit("not yet")
