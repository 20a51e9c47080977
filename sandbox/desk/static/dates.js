// Civil dates are "YYYY-MM-DD" texts all through; only their arithmetic uses Date, in
// UTC, where every day has 24 hours.

export const lang = document.documentElement.lang;
export const texts = JSON.parse(document.body.dataset.texts);

const utc = (date) => new Date(date + "T00:00:00Z");

export const addDays = (date, n) => {
  const d = utc(date);
  d.setUTCDate(d.getUTCDate() + n);
  return d.toISOString().slice(0, 10);
};

export const today = () => {
  const d = new Date();
  return new Date(Date.UTC(d.getFullYear(), d.getMonth(), d.getDate())).toISOString().slice(0, 10);
};

export const mondayOf = (date) => addDays(date, -((utc(date).getUTCDay() + 6) % 7));

// nextWorkingDay is the date itself, or the Monday after a weekend.
export const nextWorkingDay = (date) => (utc(date).getUTCDay() % 6 === 0 ? addDays(mondayOf(date), 7) : date);

export const weekOf = (monday) => Array.from({ length: 7 }, (_, i) => addDays(monday, i));

// weekNumber is the ISO 8601 week of a Monday: the week its Thursday is in.
export const weekNumber = (monday) => {
  const thursday = addDays(monday, 3);
  const newYear = utc(thursday.slice(0, 4) + "-01-01");
  return 1 + Math.floor((utc(thursday) - newYear) / 86400000 / 7);
};

const formats = {};
const formatOf = (options) =>
  (formats[JSON.stringify(options)] ??= new Intl.DateTimeFormat(lang === "fr" ? "fr-FR" : "en-GB", { timeZone: "UTC", ...options }));

// join writes the parts of a date; French says "1er" beside a weekday or month, which
// Intl does not.
const join = (parts) => {
  const first = lang === "fr" && parts.some(({ type }) => type === "month" || type === "weekday");
  return parts.map(({ type, value }) => (first && type === "day" && value === "1" ? "1er" : value)).join("");
};

export const format = (date, options) => join(formatOf(options).formatToParts(utc(date)));

export const formatRange = (from, to) =>
  join(formatOf({ day: "numeric", month: "long", year: "numeric" }).formatRangeToParts(utc(from), utc(to)));

// fill puts values into a text: "{n} webhooks" with {n: 3}.
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

// make creates an element; children are nodes or texts, so nothing is read as HTML.
export const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
};
