"""`manage.py shots`: every page as every demo role, at 1440 and 390 pixels, light and dark, into `shots/`."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.shortcuts import resolve_url

from ui.screens import file_name, plain_paths, view_of

try:
    from playwright.sync_api import BrowserContext, Page, sync_playwright
except ImportError:  # Playwright comes with requirements/dev.txt alone.
    sync_playwright = None  # type: ignore[assignment]

ROLES = ("admin", "manager", "csm", "sales", "product", "support", "success", "marketing", "finance", "exec")
SIZES = ((1440, 900), (390, 844))
SCHEMES = ("light", "dark")
TALLEST = 4000
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 our own loopback address
            return bool(answer.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


@contextmanager
def own_server() -> Iterator[str]:
    """The product on a free port, as production serves it; it ends with the command."""
    port = _free_port()
    base = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "4"]
    server = subprocess.Popen(  # noqa: S603 our own program
        command,
        cwd=settings.BASE_DIR,
        env={**os.environ, "PORT": str(port), "BASE_URL": base},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while not _answers(f"{base}/healthz"):
            if server.poll() is not None or time.monotonic() > deadline:
                raise CommandError("The web server did not start: try `make run`, then `manage.py shots --base URL`.")
            time.sleep(0.3)
        yield base
    finally:
        server.terminate()
        server.wait(timeout=15)


class Command(BaseCommand):
    help = "Take pictures of every page, as every demo role."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--base", default=os.environ.get("BASE", ""), help="A running product; else one is started."
        )
        parser.add_argument("--roles", default=",".join(ROLES), help="Demo roles, by comma.")
        parser.add_argument("--out", default=str(Path(settings.BASE_DIR) / "shots"), help="Folder for the pictures.")
        parser.add_argument("--only", default="", help="Only addresses that hold this text.")

    def handle(self, *args: Any, **options: Any) -> None:
        chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
        if sync_playwright is None or chromium is None:
            raise CommandError("Pictures need requirements/dev.txt and Chromium (Debian: apt-get install chromium).")
        self.out, self.only = Path(options["out"]), options["only"]
        if options["base"]:
            self._all_roles(options["base"].rstrip("/"), options["roles"].split(","), chromium)
            return
        call_command("collectstatic", interactive=False, verbosity=0)
        with own_server() as base:
            self._all_roles(base, options["roles"].split(","), chromium)

    def _all_roles(self, base: str, roles: list[str], chromium: str) -> None:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            for role in ("anonymous", *roles):
                context = browser.new_context(reduced_motion="reduce")
                page = context.new_page()
                if role != "anonymous" and not self._sign_in(page, base, role):
                    self.stderr.write(f"{role}: the demo log-in does not work; is the demo data there?")
                    continue
                number = self._walk(context, page, base, role)
                self.stdout.write(f"{role}: {number} pages in {self.out / role}")
                context.close()
            browser.close()

    def _sign_in(self, page: "Page", base: str, role: str) -> bool:
        page.goto(base + resolve_url(settings.LOGIN_URL))
        page.locator("input[name=login]:visible").fill(f"{role}@example.com")
        page.locator("input[name=password]:visible").fill("perennial")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        return page.locator("input[name=password]").count() == 0

    def _walk(self, context: "BrowserContext", page: "Page", base: str, role: str) -> int:
        """Addresses without parameters first; of every other pattern the first link that turns up."""
        todo = [path for path in plain_paths() if self.only in path]
        seen_patterns: set[str] = set()
        done: set[str] = set()
        while todo:
            path = todo.pop(0)
            found = view_of(path)
            if path in done or found is None:
                continue
            done.add(path)
            answer = context.request.get(base + path, fail_on_status_code=False)
            # A list may send people on to their own filters; another path is another page.
            is_same = urlsplit(answer.url).path == urlsplit(path).path
            if answer.status != 200 or not is_same or "text/html" not in answer.headers.get("content-type", ""):
                done.discard(path)
                continue
            seen_patterns.add(found[0])
            page.goto(base + path, wait_until="networkidle")
            self._shoot(page, role, path)
            for href in page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))"):
                linked = view_of(href) if href.startswith("/") else None
                if linked and linked[0] not in seen_patterns and self.only in linked[1]:
                    seen_patterns.add(linked[0])
                    todo.append(linked[1])
        return len(done)

    def _shoot(self, page: "Page", role: str, path: str) -> None:
        folder = self.out / role
        folder.mkdir(parents=True, exist_ok=True)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                tall = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
                page.set_viewport_size({"width": width, "height": max(height, tall)})
                page.screenshot(path=folder / f"{file_name(path)}-{width}-{scheme}.png")
                page.set_viewport_size({"width": width, "height": height})
