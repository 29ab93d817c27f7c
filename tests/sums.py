"""Whether a page gives a sum of money away: for tests of who reads none."""

__all__ = ["spells"]


def spells(text: str, amount: int) -> bool:
    """Whether a text writes an amount of at least 10,000: whole, grouped, or rounded with its currency.

    Never its first digits alone: the keys, marks and colours of a page hold those by chance.
    """
    plain = text.replace(",", "").replace("\u202f", "").replace("\xa0", "")
    thousands = f"${amount // 1000}"
    return any(form in plain for form in (str(amount), f"{thousands}K", f"{thousands}.", f"${round(amount / 1000)}K"))
