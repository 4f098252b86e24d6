"""Pages in Debian's Chromium, watched for what nobody who looks at the screen would see."""

import contextlib
import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Error, sync_playwright

from harness.server import REPOSITORY

# Where Debian's package puts it.
CHROMIUM = Path("/usr/bin/chromium")

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

WAIT_MILLISECONDS = 15_000

AXE = REPOSITORY / "tests" / "js" / "node_modules" / "axe-core" / "axe.min.js"
IMAGES = REPOSITORY / "docs" / "images"

ARGUMENTS = (
    # Nothing is looked up or reached but this machine, whatever its settings are.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    "--no-proxy-server",
    # Screenshots are alike on every machine with the same fonts.
    "--font-render-hinting=none",
    "--disable-lcd-text",
)

REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", event => reportViolation(
    `${event.effectiveDirective} forbids ${event.blockedURI} (${event.sourceFile || event.documentURI}:${event.lineNumber})`
), true);
"""

SCRIPTS_RUN = "matchMedia('(scripting: enabled)').matches"

# Answers behind the events that are on their way. Where no scripts run, no timer does, and no listener waits for events.
EVENTS_DELIVERED = f"{SCRIPTS_RUN} && new Promise(done => setTimeout(done))"

# Stylesheets are not fetched anew: that would be a request of the page's own.
RUN_AXE = "axe.run(document, {resultTypes: ['violations'], preload: false}).then(results => results.violations)"


@contextlib.contextmanager
def chromium():
    """A Chromium without a window. Tests may run as root, for whom Chromium has no sandbox."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, chromium_sandbox=False, args=list(ARGUMENTS), timeout=2 * WAIT_MILLISECONDS
        )
        yield browser
        browser.close()


class Pages:
    """The pages that one test opens, and all that went wrong in them."""

    def __init__(self, browser):
        self._browser = browser
        self._contexts = []
        self.problems = []

    def open(self, origin, path=None, *, size=DESKTOP, scheme="light", allowed=(), **options):
        """A page in a context of its own, which is a browser without cookies; it goes to the path if there is one.

        `goto` takes paths of the origin. Console errors that match a pattern in `allowed` are no problem; that a page
        itself has an error status never is. Further options are those of Playwright's contexts."""
        context = self._browser.new_context(
            base_url=origin,
            viewport=size,
            color_scheme=scheme,
            reduced_motion="reduce",
            locale="en-US",
            timezone_id="UTC",
            **options,
        )
        context.set_default_timeout(WAIT_MILLISECONDS)
        self._contexts.append(context)
        self._watch(context, origin, [re.compile(pattern) for pattern in allowed])
        page = context.new_page()
        if path is not None:
            page.goto(path)
        return page

    def close(self):
        """Closes all pages. `AssertionError` if anything went wrong in one."""
        for context in self._contexts:
            for page in context.pages:
                with contextlib.suppress(Error):
                    evaluate(page, EVENTS_DELIVERED)
            context.close()
        self._contexts.clear()
        problems, self.problems = self.problems, []
        assert not problems, "\n".join(["problems in the browser:", *problems])

    def _watch(self, context, origin, allowed):
        own = origin_of(origin)
        visited = set()

        def on_request(request):
            if request.is_navigation_request():
                visited.add(request.url)
            if origin_of(request.url) not in (own, None):
                self.problems.append(f"request to another origin: {request.method} {request.url}")

        def on_console(message):
            url = message.location["url"]
            refused_page = message.text.startswith("Failed to load resource") and url in visited
            expected = any(pattern.search(message.text) for pattern in allowed)
            if message.type == "error" and not refused_page and not expected:
                self.problems.append(f"console error: {message.text} ({url})")

        def on_exception(uncaught):
            self.problems.append(f"uncaught exception: {uncaught.error}")

        def on_violation(source, text):
            self.problems.append(f"violation of the content security policy: {text}")

        context.on("request", on_request)
        context.on("console", on_console)
        context.on("weberror", on_exception)
        context.expose_binding("reportViolation", on_violation)
        context.add_init_script(REPORT_VIOLATIONS)


def origin_of(url):
    """Scheme, host and port; `None` for what no server is asked for."""
    parts = urlsplit(url)
    return (parts.scheme, parts.netloc) if parts.scheme in ("http", "https", "ws", "wss") else None


def evaluate(page, expression):
    """The value of an expression, awaited, whatever the page's content security policy says."""
    session = page.context.new_cdp_session(page)
    try:
        answer = session.send(
            "Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True}
        )
    finally:
        session.detach()
    assert "exceptionDetails" not in answer, answer["exceptionDetails"]
    return answer["result"].get("value")


def axe(page):
    """`AssertionError` if axe finds the page wanting in accessibility, as it stands now. The page must run scripts."""
    assert evaluate(page, SCRIPTS_RUN), "axe cannot run where scripts do not"
    evaluate(page, AXE.read_text(encoding="utf-8") + ";0")
    violations = evaluate(page, RUN_AXE)
    lines = [f"{page.url} has {len(violations)} accessibility violations"]
    for violation in violations:
        lines.append(f"{violation['id']} ({violation['impact']}): {violation['help']}; {violation['helpUrl']}")
        for node in violation["nodes"]:
            lines.append(f"    {node['html']}")
            lines += [f"        {line}" for line in node["failureSummary"].splitlines()]
    assert not violations, "\n".join(lines)


def screenshot(page, name, **options):
    """Writes `docs/images/NAME.png` if KEYSTEAD_SCREENSHOTS=1 asks for it; in every other run it does nothing.

    Options are those of Playwright's screenshots: `full_page`, `clip`, `mask`."""
    if os.environ.get("KEYSTEAD_SCREENSHOTS") != "1":
        return
    IMAGES.mkdir(exist_ok=True)
    page.mouse.move(0, 0)
    page.screenshot(path=IMAGES / f"{name}.png", animations="disabled", caret="hide", scale="css", **options)


class VirtualAuthenticator:
    """A passkey device built into the machine, whose owner is there and verified. It lasts as long as its page.

    Passkeys belong to a domain: the page must be on `localhost`, not on 127.0.0.1."""

    def __init__(self, page):
        self._session = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self._id = self._send("addVirtualAuthenticator", options=options)["authenticatorId"]

    def credentials(self):
        """The passkeys on it, as the DevTools protocol shows them: `credentialId`, `rpId`, `signCount`, ..."""
        return self._send("getCredentials", authenticatorId=self._id)["credentials"]

    def verify_user(self, verified):
        """Whether its owner gives the right finger or PIN from now on."""
        self._send("setUserVerified", authenticatorId=self._id, isUserVerified=verified)

    def _send(self, command, **parameters):
        return self._session.send(f"WebAuthn.{command}", parameters)
