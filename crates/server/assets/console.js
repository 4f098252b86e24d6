// What pages can do better with script. Without it everything works all the same.
"use strict";

/** How long ago a moment was, as the server says it; the day, in the reader's zone, when that is long ago. */
const ago = (at) => {
  const seconds = Math.trunc((at.getTime() - Date.now()) / 1000);
  if (Math.abs(seconds) < 60) {
    return seconds > 0 ? "soon" : "just now";
  }
  if (Math.abs(seconds) >= 60 * 86400) {
    // Sweden writes days as the server does.
    return at.toLocaleDateString("sv");
  }
  const [size, unit] = [[86400, "day"], [3600, "hour"], [60, "minute"]].find(([size]) => Math.abs(seconds) >= size);
  return new Intl.RelativeTimeFormat("en", { numeric: "always" }).format(Math.trunc(seconds / size), unit);
};

/** Whether times are shown exactly, and not how long ago they were. */
let exact = false;

/** Puts moments into the reader's zone and words, and renews how long ago they were. */
const showMoments = (root) => {
  for (const moment of root.querySelectorAll("time[datetime]")) {
    const at = new Date(moment.dateTime);
    moment.title = at.toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });
    const shown = exact || moment.dataset.exact !== undefined
      ? at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" })
      : ago(at);
    if (moment.textContent !== shown) {
      moment.textContent = shown;
    }
  }
};

/** Shows all times exactly, or how long ago they were again. */
const switchTimes = () => {
  exact = !exact;
  document.querySelector("[data-times]")?.setAttribute("aria-pressed", String(exact));
  showMoments(document);
};

/** Copies what a button names, and says so for a moment; what only screen readers say of the button stays. */
const copy = async (button) => {
  const source = document.getElementById(button.dataset.copy);
  await navigator.clipboard.writeText(source.value ?? source.textContent);
  say(button, "Copied");
};

/** Puts other words on a button, for a moment. Its width stays. */
const say = (button, words) => {
  const label = button.firstChild;
  button.dataset.words ??= label.textContent;
  button.style.minWidth = `${button.offsetWidth}px`;
  label.textContent = words;
  clearTimeout(button.saying);
  button.saying = setTimeout(() => { label.textContent = button.dataset.words; }, 1500);
};

/** Shows or hides a secret. */
const toggle = (button) => {
  const secret = document.getElementById(button.dataset.show);
  const hidden = secret.type === "password";
  secret.type = hidden ? "text" : "password";
  // What is behind the word says what is shown.
  button.firstChild.data = hidden ? "Hide" : "Show";
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-copy], button[data-show]");
  if (button?.dataset.copy) {
    copy(button).catch(() => say(button, "Select it and copy"));
  } else if (button?.dataset.show) {
    toggle(button);
  } else if (event.target.closest("[data-times], time") && !event.target.closest("a")) {
    switchTimes();
  }
});

/** Has the browser make a passkey, or use one, and sends on what it says. */
const askPasskey = async (form) => {
  const options = JSON.parse(form.dataset.options);
  const answer = form.dataset.passkey === "make"
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  form.elements.answer.value = JSON.stringify(answer);
  form.submit();
};

/** Why there is no passkey, in the words of a reader. */
const PASSKEY_PROBLEMS = {
  InvalidStateError: "This passkey or security key is registered already.",
  NotAllowedError: "No passkey was given. Try again.",
  NotSupportedError: "The device cannot make a passkey that is accepted here.",
  SecurityError: "The browser has no passkeys for this address.",
};

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-passkey]");
  if (!form) {
    return;
  }
  event.preventDefault();
  const problem = form.querySelector("[data-problem]");
  problem.hidden = true;
  askPasskey(form).catch((error) => {
    problem.textContent = PASSKEY_PROBLEMS[error.name] ?? "This browser cannot use passkeys.";
    problem.hidden = false;
  });
});

/** A form that is sent again while its answer is on the way would do twice what is wanted once. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  const method = event.submitter?.formMethod || form.method;
  if (event.defaultPrevented || method !== "post" || form.dataset.repeatable !== undefined) {
    return;
  }
  if (form.dataset.sent !== undefined) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "";
  setTimeout(() => { delete form.dataset.sent; }, 15_000);
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
  }
});

/** Parts of the page that are told anew, with where each hears of it. */
const sources = new Map();

/** Browsers hold few connections to one server: a page that nobody sees gives its own back until it is seen again. */
const listenWhileSeen = () => {
  for (const part of document.querySelectorAll("[sse-connect]")) {
    const source = sources.get(part.getAttribute("sse-connect"));
    if (document.hidden && source?.readyState !== EventSource.CLOSED) {
      source?.close();
      part.dataset.unseen = "";
    } else if (!document.hidden && part.dataset.unseen !== undefined) {
      delete part.dataset.unseen;
      // To htmx it is new, and is connected anew.
      htmx.trigger(part, "htmx:afterProcessNode");
    }
  }
};

htmx.createEventSource = (address) => {
  const source = new EventSource(address);
  sources.set(address, source);
  return source;
};
document.addEventListener("visibilitychange", listenWhileSeen);
document.addEventListener("DOMContentLoaded", listenWhileSeen);

/** Puts whoever followed a link that is gone before what came in its place. */
const goOn = (place) => {
  if (place.matches("[tabindex='-1']") && document.activeElement === document.body) {
    place.focus({ preventScroll: true });
    if (place.getBoundingClientRect().top < 0) {
      place.scrollIntoView();
    }
  }
};

document.addEventListener("htmx:load", (event) => goOn(event.target));
document.addEventListener("htmx:load", (event) => showMoments(event.target));
document.addEventListener("DOMContentLoaded", () => showMoments(document));
showMoments(document);
setInterval(() => showMoments(document), 30_000);
