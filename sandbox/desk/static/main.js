import { call, once } from "./api.js";
import { addDays, formatRange, make, mondayOf, nextWorkingDay, texts, today, weekNumber } from "./dates.js";
import { Panel } from "./panel.js";

// week is the week all panels show, and the day chosen in it.
const week = {
  day: nextWorkingDay(today()),
  monday: mondayOf(nextWorkingDay(today())),
  select(date) {
    this.day = date;
    this.monday = mondayOf(date);
    document.getElementById("week").textContent =
      `${texts.week} ${weekNumber(this.monday)} · ${formatRange(this.monday, addDays(this.monday, 6))}`;
    for (const panel of panels) panel.pick(date);
  },
  reloadPeople: once(async () => {
    const people = await call("GET", "employees");
    if (people) for (const panel of panels) panel.offer(people);
  }),
};

const panels = [...document.querySelectorAll(".panel")].map((root) => new Panel(root, week));

const turn = (days) => week.select(addDays(week.day, days));
document.getElementById("previous").addEventListener("click", () => turn(-7));
document.getElementById("next").addEventListener("click", () => turn(7));
document.getElementById("today").addEventListener("click", () => week.select(today()));

// The days of a week are one row for the arrow keys.
document.addEventListener("keydown", (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
  const row = event.target.closest?.(".days");
  if (!step || !row) return;
  event.preventDefault();
  const index = [...row.children].indexOf(event.target);
  week.select(addDays(addDays(week.monday, index), step));
  row.querySelector("[aria-pressed=true]").focus();
});

const live = document.getElementById("live");
const say = (connected) => {
  live.classList.toggle("on", connected);
  live.querySelector(".word").textContent = connected ? texts.live : texts.offline;
};

// showMissing lists what was asked for that the sandbox does not imitate.
const showMissing = once(async () => {
  const requests = (await call("GET", "requests", null, [404])) ?? {};
  const missing = document.getElementById("missing");
  const lines = Object.entries(requests).flatMap(([target, counted]) =>
    Object.entries(counted.notImitated).map(([what, times]) => make("li", {}, make("b", {}, target), ` ${what} (${times})`)));
  missing.querySelector("ul").replaceChildren(...lines);
  missing.hidden = !lines.length;
});

const refresh = () => {
  week.reloadPeople();
  showMissing();
  for (const panel of panels) {
    if (!panel.person) continue;
    panel.refreshMailbox();
    panel.refreshLeaves();
  }
};

const stream = new EventSource("/sandbox/events");
stream.addEventListener("open", () => {
  say(true);
  refresh(); // whatever changed while the stream was away
});
stream.addEventListener("error", () => say(false));
stream.addEventListener("mailbox", (event) => {
  const { email } = JSON.parse(event.data);
  for (const panel of panels) if (panel.person?.email.toLowerCase() === email) panel.refreshMailbox();
});
stream.addEventListener("leaves", (event) => {
  const { employee } = JSON.parse(event.data);
  for (const panel of panels) if (panel.person?.id === employee) panel.refreshLeaves();
});
setInterval(refresh, 30000);

week.select(week.day);
refresh();
