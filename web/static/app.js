// What the frame does beyond htmx. Every page works without it.
import { startTimes } from "./times.js";

const byId = (id) => document.getElementById(id);

// Banners over the page: their text is in a template until it is needed, so that
// an alert is announced when it comes.
function banner(id, shown) {
  const box = byId(id);
  if (shown && box.hidden) {
    box.querySelectorAll(":scope > :not(template)").forEach((old) => old.remove());
    box.append(box.querySelector("template").content.cloneNode(true));
  }
  box.hidden = !shown;
}

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
  if (xhr.status === 401) return banner("session-expired", true);
  banner("trouble", true);
  // The page about the error says more than we know here.
  const told = new DOMParser().parseFromString(xhr.responseText, "text/html").querySelectorAll("[data-failure] h1, [data-failure] p");
  if (told.length > 0) byId("trouble").querySelector("p").textContent = [...told].map((part) => part.textContent.trim()).join(" · ");
});
document.addEventListener("htmx:sendError", () => banner("offline", true));
document.addEventListener("htmx:timeout", () => banner("offline", true));
document.addEventListener("htmx:afterOnLoad", (event) => {
  if (event.detail.xhr.status >= 400) return;
  ["offline", "trouble", "session-expired"].forEach((id) => banner(id, false));
});

// After a page has been put in place: its title, what there is to announce, and
// the focus at its beginning (or at what is wrong), as a new page would have it.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "page" && event.detail.shouldSwap) dirty.clear();
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id !== "page" && event.detail.elt?.id !== "page") return;
  const page = byId("page");
  const news = page.querySelector("[data-announce]");
  if (news) byId("announcer").textContent = news.textContent.trim();
  begin(byId("main"));
});

// What refreshes itself rests while nobody looks, and while somebody selects text
// in it; what was unfolded stays so. htmx keeps the focus by ids.
document.addEventListener("htmx:beforeRequest", (event) => {
  const elt = event.detail.elt;
  if (!elt.hasAttribute?.("data-poll")) return;
  const selection = getSelection();
  if (document.hidden || elt.querySelector("dialog[open]") || (!selection.isCollapsed && elt.contains(selection.anchorNode))) event.preventDefault();
});
const unfolded = new Set();
document.addEventListener("htmx:beforeSwap", (event) => {
  unfolded.clear();
  if (!event.detail.elt.hasAttribute?.("data-poll")) return;
  event.detail.elt.querySelectorAll("details[open][id]").forEach((one) => unfolded.add(one.id));
});
document.addEventListener("htmx:afterSwap", () => {
  unfolded.forEach((id) => { const one = byId(id); if (one) one.open = true; });
});

// Unsaved input: leaving asks first.
const dirty = new Set();
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-guard]");
  if (form) dirty.add(form);
});
document.addEventListener("submit", (event) => dirty.delete(event.target));
document.addEventListener("htmx:responseError", (event) => {
  const form = event.detail.elt?.closest?.("form[data-guard]");
  if (form) dirty.add(form);
});
window.addEventListener("beforeunload", (event) => {
  if ([...dirty].some((form) => form.isConnected)) event.preventDefault();
});

// Clicks: dialogs, copying, closing.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    byId(opener.dataset.dialog).showModal();
  }
  event.target.closest("[data-close]")?.closest("dialog").close();
  const copier = event.target.closest("[data-copy]");
  if (copier) copy(copier);
});

async function copy(button) {
  const text = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without https there is no clipboard: mark the text instead.
    const code = button.parentElement.querySelector("code");
    if (!code) return;
    getSelection().selectAllChildren(code);
    if (!document.execCommand("copy")) return;
  }
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 1600);
  byId("announcer").textContent = byId("announcer").dataset.copied;
}

// The theme changes at once; the server remembers it for the next page.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-theme-form]");
  if (!form || !event.submitter) return;
  event.preventDefault();
  const chosen = event.submitter.value;
  document.documentElement.dataset.theme = chosen;
  document.querySelectorAll("[data-theme-form] button").forEach((b) => b.setAttribute("aria-pressed", b.value === chosen));
  fetch(form.action, { method: "POST", body: new URLSearchParams({ theme: chosen, next: "/" }), redirect: "manual" });
});

// A sign-in link carries its token behind #, which only the browser sees.
function takeLink() {
  const field = document.querySelector("[data-link-form] input");
  if (!field || location.hash.length < 20) return;
  field.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname + location.search);
  field.form.querySelector("button").focus();
}

// The navigation on a phone: a button opens and closes it, so does Escape.
function menu(open) {
  const button = document.querySelector("[data-menu]");
  byId("navigation").classList.toggle("open", open);
  button.setAttribute("aria-expanded", open);
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-menu]");
  if (!button) return;
  event.preventDefault();
  menu(button.getAttribute("aria-expanded") !== "true");
});
document.addEventListener("keydown", (event) => {
  if (event.key === " " && event.target.matches("[data-menu]")) {
    event.preventDefault();
    event.target.click();
  }
  const open = byId("navigation")?.classList.contains("open");
  if (event.key !== "Escape" || !open) return;
  menu(false);
  document.querySelector("[data-menu]").focus();
});

// What is wrong with a form, or was just made, is where reading begins.
function begin(otherwise) {
  const here = byId("page").querySelector("[data-focus]");
  (here || otherwise)?.focus({ preventScroll: true });
  if (here) here.scrollIntoView({ block: "start" });
  else if (otherwise && !location.hash) scrollTo(0, 0);
}

// A question that is on the page already stays as it is: somebody types in it.
document.addEventListener("htmx:sseBeforeMessage", (event) => {
  if (event.target.id !== "question") return;
  const asked = new DOMParser().parseFromString(event.detail.data, "text/html").querySelector("[data-asked]");
  const shown = event.target.querySelector("[data-asked]");
  if (asked && shown && asked.dataset.asked === shown.dataset.asked) event.preventDefault();
});

begin(null);
takeLink();
startTimes();
