"""Settings of the installation and of the own profile."""

from team.models import Install, User


def ensure_install() -> Install:
    """The one row exists (constraint `one_install_row`). Idempotent."""
    return Install.objects.get_or_create(pk=1)[0]


def edit_install(
    *, company: str, currency: str, country: str, time_zone: str, fiscal_year_starts: int, requires_mfa: bool
) -> Install:
    """Change the vendor's settings. With `requires_mfa` everybody is led to the set-up at their next click."""
    install = ensure_install()
    install.company, install.currency, install.country = company, currency, country
    install.time_zone, install.fiscal_year_starts, install.requires_mfa = time_zone, fiscal_year_starts, requires_mfa
    install.save(update_fields=["company", "currency", "country", "time_zone", "fiscal_year_starts", "requires_mfa"])
    return install


def edit_profile(
    *, user: User, name: str, title: str, time_zone: str, language: str, theme: str, is_dense: bool, has_shortcuts: bool
) -> User:
    """Change what a person decides about themselves; role and address are not among it."""
    user.name, user.title, user.time_zone, user.language = name, title, time_zone, language
    user.theme, user.is_dense, user.has_shortcuts = theme, is_dense, has_shortcuts
    user.save(update_fields=["name", "title", "time_zone", "language", "theme", "is_dense", "has_shortcuts"])
    return user


def save_theme(user: User, theme: str) -> None:
    """Keep the choice of light or dark in the profile (asked by `ui`, see `settings.UI_SAVE_THEME`)."""
    User.objects.filter(pk=user.pk).update(theme=theme)
