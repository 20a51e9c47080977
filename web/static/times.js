// Moments in the reader's own time zone: the server writes them in UTC. French says
// "1er" of a month's first day, which Intl does not.
const exact = () => {
  const lang = document.documentElement.lang;
  // The texts write days as 1 December 2026, which "en" alone is not.
  const locale = lang === "en" ? "en-GB" : lang;
  const format = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" });
  const text = ({ type, value }) => (lang === "fr" && type === "day" && value === "1" ? "1er" : value);
  return { format: (at) => format.formatToParts(at).map(text).join("") };
};

function localize(root) {
  const format = exact();
  for (const time of root.querySelectorAll("time[data-moment], time[data-ago]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const text = format.format(at);
    if (time.hasAttribute("data-moment")) time.textContent = text;
    else time.title = text;
  }
}

// How long ago, counted on while the page stays open.
function count() {
  const format = new Intl.RelativeTimeFormat(document.documentElement.lang, { style: "short", numeric: "always" });
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
    const size = Math.abs(seconds);
    if (!(size >= 60)) continue;
    const [unit, length] = size < 3600 ? ["minute", 60] : size < 86400 ? ["hour", 3600] : ["day", 86400];
    time.textContent = format.format(Math.trunc(seconds / length), unit);
  }
}

// startTimes does both now and for whatever htmx puts into the page.
export function startTimes() {
  localize(document);
  document.addEventListener("htmx:afterSettle", () => localize(document));
  setInterval(count, 30_000);
}
