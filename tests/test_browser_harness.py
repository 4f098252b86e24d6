"""The browser's fixtures themselves: what must fail a test does, and a page without fault passes."""

import http.server
import threading
from http import HTTPStatus

import pytest

from harness import browser as harness
from harness.browser import DESKTOP, PHONE, Pages, VirtualAuthenticator, axe, screenshot

GOOD = """<!doctype html>
<html lang="en">
<title>Users</title>
<link rel="icon" href="data:,">
<main><h1>Users</h1><label>Name <input name="name"></label></main>
</html>"""

PAGES = {
    "/good": GOOD,
    "/strict": GOOD,
    "/inline-script": GOOD.replace("</main>", "</main><script>document.title = 'never'</script>"),
    "/inline-style": GOOD.replace("<main>", '<main style="color: red">'),
    "/console-error": GOOD.replace("</main>", "</main><script>console.error('the table is upside down')</script>"),
    "/exception": GOOD.replace("</main>", "</main><script>setTimeout(() => nothing.at.all)</script>"),
    "/foreign": GOOD.replace("</main>", '<img alt="" src="https://cdn.example.com/logo.png"></main>'),
    "/missing-image": GOOD.replace("</main>", '<img alt="" src="/nowhere.png"></main>'),
    "/unlabelled": GOOD.replace("<label>Name ", "").replace("</label>", ""),
}
STRICTEST = "default-src 'none'; img-src data:; require-trusted-types-for 'script'"
STRICT = ("/strict", "/inline-script", "/inline-style")


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves the pages above; those of `STRICT` with a policy that allows next to nothing."""

    def do_GET(self):
        self.send_response(HTTPStatus.OK if self.path in PAGES else HTTPStatus.NOT_FOUND)
        self.send_header("content-type", "text/html; charset=utf-8")
        if self.path in STRICT:
            self.send_header("content-security-policy", STRICTEST)
        self.end_headers()
        self.wfile.write(PAGES.get(self.path, GOOD).encode())

    def log_message(self, *arguments):
        """Nothing: the tests say what went wrong."""


@pytest.fixture(scope="module")
def site():
    """The URL of the pages, under a name that passkeys can be for."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def pages(browser):
    return Pages(browser)


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("/inline-script", "violation of the content security policy: script-src-elem forbids inline"),
        ("/inline-style", "violation of the content security policy: style-src-attr forbids inline"),
        ("/console-error", "console error: the table is upside down"),
        ("/exception", "uncaught exception: nothing is not defined"),
        ("/foreign", "request to another origin: GET https://cdn.example.com/logo.png"),
        ("/missing-image", "console error: Failed to load resource: .*404"),
    ],
)
def test_a_problem_fails_the_test(pages, site, path, problem):
    pages.open(site, path)
    with pytest.raises(AssertionError, match=problem):
        pages.close()


def test_a_problem_in_another_tab_fails_the_test(pages, site):
    page = pages.open(site, "/good")
    page.context.new_page().goto("/console-error")
    with pytest.raises(AssertionError, match="upside down"):
        pages.close()


@pytest.mark.parametrize("path", ["/good", "/strict"])
@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_a_page_without_fault_passes(open_page, site, path, size, scheme):
    page = open_page(site, path, size=size, scheme=scheme)
    axe(page)
    assert page.viewport_size == size
    assert page.evaluate("innerWidth") == size["width"]
    assert page.evaluate(f"matchMedia('(prefers-color-scheme: {scheme})').matches")


def test_a_page_without_scripts_is_watched_too(pages, site):
    page = pages.open(site, "/inline-style", java_script_enabled=False)
    with pytest.raises(AssertionError, match="axe cannot run"):
        axe(page)
    with pytest.raises(AssertionError, match="Content Security Policy"):
        pages.close()


def test_a_page_with_an_error_status_is_for_the_test_to_judge(open_page, site):
    assert open_page(site).goto("/nowhere").status == HTTPStatus.NOT_FOUND


def test_a_console_error_can_be_expected(open_page, site):
    open_page(site, "/console-error", allowed=["upside down$"])


def test_pages_share_no_cookies(open_page, site):
    one, other = open_page(site, "/good"), open_page(site, "/good")
    one.evaluate("document.cookie = 'session=one'")
    assert (one.evaluate("document.cookie"), other.evaluate("document.cookie")) == ("session=one", "")


def test_axe_says_what_is_wrong_and_where(open_page, site):
    with pytest.raises(AssertionError) as failure:
        axe(open_page(site, "/unlabelled"))
    assert "/unlabelled has 1 accessibility violations\nlabel (critical):" in str(failure.value)
    assert '<input name="name">' in str(failure.value)


def test_screenshots_are_only_written_when_asked_for_and_are_alike(open_page, site, tmp_path, monkeypatch):
    monkeypatch.setattr(harness, "IMAGES", tmp_path / "images")
    page = open_page(site, "/good")
    monkeypatch.delenv("KEYSTEAD_SCREENSHOTS", raising=False)
    screenshot(page, "users")
    assert not list(tmp_path.iterdir())
    monkeypatch.setenv("KEYSTEAD_SCREENSHOTS", "1")
    screenshot(page, "users")
    screenshot(open_page(site, "/good"), "again")
    first, second = ((tmp_path / "images" / f"{name}.png").read_bytes() for name in ("users", "again"))
    assert first.startswith(b"\x89PNG") and first == second


def test_a_passkey_is_made_and_used(open_page, site):
    page = open_page(site, "/good")
    authenticator = VirtualAuthenticator(page)
    made = page.evaluate(
        """async () => (await navigator.credentials.create({publicKey: {
            challenge: new Uint8Array(32), rp: {name: "test"}, pubKeyCredParams: [{type: "public-key", alg: -7}],
            user: {id: new Uint8Array(8), name: "ann", displayName: "Ann"},
            authenticatorSelection: {residentKey: "required", userVerification: "required"},
        }})).id"""
    )
    ask = """async () => (await navigator.credentials.get(
        {publicKey: {challenge: new Uint8Array(32), userVerification: "required"}})).id"""
    assert page.evaluate(ask) == made
    assert [passkey["rpId"] for passkey in authenticator.credentials()] == ["localhost"]
    authenticator.verify_user(False)
    with pytest.raises(harness.Error, match="NotAllowedError"):
        page.evaluate(ask)
