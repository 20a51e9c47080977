import { addDays, format, make, texts, today, weekOf } from "./dates.js";

const firstHour = 7;
const lastHour = 20;

const minutes = (time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));

const look = (event) => {
  const tentative = [event.showAs, event.status].some((word) => /tentative/i.test(word ?? ""));
  return (tentative ? "event tentative" : "event") + (event.private ? " private" : "");
};

const describe = (event) => {
  const when = event.allDay
    ? format(event.start, { weekday: "long", day: "numeric", month: "long" }) +
      (addDays(event.start, 1) < event.end ? " – " + format(addDays(event.end, -1), { weekday: "long", day: "numeric", month: "long" }) : "")
    : `${format(event.start.slice(0, 10), { weekday: "long", day: "numeric", month: "long" })} ${event.start.slice(11)}–${event.end.slice(11)}`;
  const more = [];
  if (look(event).includes("tentative")) more.push(texts.tentative);
  if (event.private) more.push(texts.private);
  return [event.subject, when, ...more].join(", ");
};

const lock = () => {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 12 12");
  svg.setAttribute("class", "lock");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", "M3 5V4a3 3 0 0 1 6 0v1h.5v5.5h-7V5H3Zm1.4 0h3.2V4a1.6 1.6 0 0 0-3.2 0v1Z");
  svg.append(path);
  return svg;
};

const card = (event, open, extra) =>
  make("button", { type: "button", class: look(event), "aria-label": describe(event), title: describe(event), onclick: () => open(event) },
    make("strong", {}, event.private ? lock() : null, event.subject), extra ? make("span", {}, extra) : null);

// lanes gives each of the spans (from, to) the first lane where it overlaps nothing.
const lanes = (spans) => {
  const ends = [];
  for (const span of spans.sort((a, b) => a.from - b.from || b.to - a.to)) {
    let lane = ends.findIndex((end) => end <= span.from);
    if (lane < 0) lane = ends.push(0) - 1;
    ends[lane] = span.to;
    span.lane = lane;
  }
  return ends.length;
};

const showDays = (root, days, selected, choose) => {
  root.replaceChildren(...days.map((date) =>
    make("button", {
      type: "button",
      class: (date === today() ? "today" : "") + (days.indexOf(date) > 4 ? " weekend" : ""),
      "aria-pressed": String(date === selected),
      title: format(date, { weekday: "long", day: "numeric", month: "long" }),
      onclick: () => choose(date),
    }, make("span", {}, format(date, { weekday: "short" }).replace(".", "")), make("b", {}, String(Number(date.slice(8)))),
    make("span", { class: "visually-hidden" }, " " + format(date, { month: "long" })))));
};

const showAllDay = (root, days, events, open) => {
  const end = addDays(days[6], 1);
  const spans = events.filter((e) => e.allDay && e.start < end && e.end > days[0]).map((event) => ({
    event,
    from: Math.max(0, days.indexOf(event.start)),
    to: event.end >= end ? 7 : days.indexOf(event.end),
  }));
  lanes(spans);
  root.replaceChildren(...spans.map(({ event, from, to, lane }) => {
    const element = card(event, open);
    element.style.gridColumn = `${from + 1} / ${to + 1}`;
    element.style.gridRow = String(lane + 1);
    if (event.start < days[0]) element.classList.add("continued");
    if (event.end > end) element.classList.add("continues");
    return element;
  }));
};

// piece is the part of a timed event on one day, in minutes within the shown hours.
const piece = (event, date) => {
  const [startDay, endDay] = [event.start.slice(0, 10), event.end.slice(0, 10)];
  if (startDay > date || endDay < date) return null;
  const from = startDay < date ? 0 : minutes(event.start.slice(11));
  const to = endDay > date ? 24 * 60 : minutes(event.end.slice(11));
  const clip = (m) => Math.min(Math.max(m, firstHour * 60), lastHour * 60);
  if (to <= from) return null;
  return { event, from: Math.min(clip(from), lastHour * 60 - 30), to: Math.max(clip(to), firstHour * 60 + 30) };
};

const showHours = (root, days, events, open) => {
  const span = (lastHour - firstHour) * 60;
  root.replaceChildren(...days.map((date, i) => {
    const column = make("div", { class: i > 4 ? "column weekend" : "column" });
    const pieces = events.filter((e) => !e.allDay).map((e) => piece(e, date)).filter(Boolean);
    const width = lanes(pieces);
    for (const { event, from, to, lane } of pieces) {
      const roomy = to - from >= 90 && width === 1;
      const element = card(event, open, roomy ? `${event.start.slice(11)} – ${event.end.slice(11)}` : null);
      element.style.top = `${((from - firstHour * 60) / span) * 100}%`;
      element.style.height = `${((to - from) / span) * 100}%`;
      element.style.left = `${(lane / width) * 100}%`;
      element.style.width = `${100 / width}%`;
      column.append(element);
    }
    return column;
  }));
};

// showCalendar draws a week of events into a panel; choose is called with a day, open
// with an event.
export const showCalendar = (panel, monday, selected, events, choose, open) => {
  const days = weekOf(monday);
  showDays(panel.querySelector(".days"), days, selected, choose);
  showAllDay(panel.querySelector(".allday"), days, events, open);
  showHours(panel.querySelector(".columns"), days, events, open);
};

export const showRulers = (panel) => {
  const hours = [];
  for (let hour = firstHour; hour < lastHour; hour++) hours.push(make("span", {}, make("i", {}, hour > firstHour ? `${hour} h` : "")));
  panel.querySelector(".rulers").replaceChildren(...hours);
};
