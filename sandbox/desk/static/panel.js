import { call, once, tell } from "./api.js";
import { openEvent } from "./owner.js";
import { showCalendar, showRulers } from "./calendar.js";
import { fill, format, lang, make, mondayOf, nextWorkingDay, texts } from "./dates.js";

const shownLeaves = 6;

// Panel is one mailbox and its owner's absences.
export class Panel {
  constructor(root, week) {
    this.root = root;
    this.week = week;
    this.people = [];
    this.events = [];
    this.select = root.querySelector(".people");
    this.form = root.querySelector("form");
    this.refreshMailbox = once(() => this.loadMailbox());
    this.refreshLeaves = once(() => this.loadLeaves());
    showRulers(root);
    this.listen();
  }

  listen() {
    this.select.addEventListener("change", () => this.choose(this.select.value));
    this.form.addEventListener("change", () => this.shape());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.request();
    });
    this.root.querySelector(".create").addEventListener("click", () => this.mailbox("POST"));
    this.root.querySelector(".remove").addEventListener("click", () => {
      if (confirm(texts.confirmRemove)) this.mailbox("DELETE");
    });
    this.shape();
  }

  // offer lists the people of this panel's system and keeps the one shown.
  offer(everybody) {
    const people = everybody.filter((person) => person.system === this.root.dataset.system);
    if (JSON.stringify(people) === this.offered) return; // an open list of choices must not close
    this.offered = JSON.stringify(people);
    this.people = people;
    const label = (person) => (person.hasMailbox ? person.name : `${person.name} (${texts.noMailbox})`);
    const entities = Map.groupBy(this.people, (person) => person.legalEntityName);
    const options = (group) => group.map((person) => make("option", { value: person.id }, label(person)));
    this.select.replaceChildren(...(entities.size < 2 ? options(this.people)
      : [...entities].map(([name, group]) => make("optgroup", { label: name }, ...options(group)))));
    const kept = this.people.find((person) => person.id === this.person?.id);
    const documented = this.people.find((person) => person.id === "416");
    this.choose((kept ?? documented ?? this.people[0])?.id);
  }

  choose(id) {
    this.person = this.people.find((person) => person.id === id);
    this.root.toggleAttribute("inert", !this.person);
    if (!this.person) return;
    this.select.value = id;
    this.select.title = this.person.email;
    const entity = this.root.querySelector(".entity");
    entity.textContent = `${this.person.legalEntityName} · `;
    entity.title = this.person.zone;
    this.refreshMailbox();
    this.refreshLeaves();
  }

  async loadMailbox() {
    const { email } = this.person;
    const events = this.person.hasMailbox ? await call("GET", `mailboxes/${encodeURIComponent(email)}/events`, null, [404]) : null;
    if (email !== this.person.email) return this.refreshMailbox();
    this.person.hasMailbox = events !== null;
    this.events = events ?? [];
    this.draw();
  }

  draw() {
    const has = this.person?.hasMailbox;
    this.root.querySelector(".calendar").classList.toggle("without", !has);
    this.root.querySelector(".nobox").hidden = has;
    this.root.querySelector(".remove").hidden = !has;
    showCalendar(this.root, this.week.monday, this.week.day, this.events, (date) => this.week.select(date),
      (event) => openEvent(this.person.email, event, () => this.refreshMailbox()));
  }

  // pick puts the chosen day into the form.
  pick(date) {
    this.form.elements.from.value = date;
    this.shape();
    if (this.person) this.draw();
  }

  // shape shows the fields the kind of absence needs.
  shape() {
    const { kind, from, to } = this.form.elements;
    this.form.dataset.kind = kind.value;
    if (!to.value || to.value < from.value) to.value = from.value;
    to.min = from.value;
  }

  async request() {
    const form = this.form.elements;
    const kind = form.kind.value;
    const half = { morning: "firstHalfDay", afternoon: "secondHalfDay" }[kind];
    const body = {
      employee: this.person.id,
      startsOn: form.from.value,
      endsOn: kind === "days" ? form.to.value : form.from.value,
      account: kind === "hours" ? form.hourAccount.value : form.dayAccount.value,
      status: form.approved.checked ? "confirmed" : "tentative",
      via: form.via.value,
    };
    if (nextWorkingDay(body.startsOn) > body.endsOn) return tell(texts.noWorkingDay);
    if (kind === "hours") body.hours = Number(form.hours.value);
    else body.startPosition = half ?? (kind === "days" ? form.startPosition.value : "firstHalfDay");
    if (kind !== "hours") body.endPosition = half ?? (kind === "days" ? form.endPosition.value : "secondHalfDay");
    const leave = await call("POST", "leaves" + this.silently(), body);
    if (leave && mondayOf(leave.startsOn) !== this.week.monday) this.week.select(leave.startsOn);
    this.refreshLeaves();
  }

  // silently is what a change in Figgo is asked for with when figgosync is not to be told.
  silently() {
    return this.form.elements.silent.checked ? "?silent=true" : "";
  }

  async mailbox(method) {
    await call(method, `mailboxes/${encodeURIComponent(this.person.email)}`);
    this.week.reloadPeople();
  }

  async loadLeaves() {
    const { id } = this.person;
    const [leaves, deliveries] = await Promise.all([call("GET", `leaves?employee=${id}`), call("GET", `deliveries?employee=${id}`)]);
    if (id !== this.person.id) return this.refreshLeaves();
    if (!leaves || !deliveries) return;
    const list = this.root.querySelector(".leaves");
    const focused = document.activeElement?.dataset?.action;
    const newest = leaves.sort((a, b) => b.lastUpdatedAt.localeCompare(a.lastUpdatedAt)).slice(0, shownLeaves);
    list.replaceChildren(...newest.map((leave) => this.leave(leave, deliveries.filter((d) => d.leave === leave.id))));
    if (!newest.length) list.append(make("li", { class: "none" }, texts.noLeaves));
    if (focused) list.querySelector(`[data-action="${focused}"]`)?.focus();
  }

  leave(leave, deliveries) {
    const act = (action, method, path, label) =>
      make("button", { type: "button", class: action, "data-action": `${action}-${leave.id}`, "aria-label": `${label} : ${when(leave)}`,
        onclick: async () => { await call(method, `leaves/${leave.id}${path}${this.silently()}`); this.refreshLeaves(); } }, label);
    const pending = leave.status === "tentative";
    const gone = !pending && leave.status !== "confirmed";
    return make("li", { class: leave.status },
      make("p", { class: "what" }, make("button", { type: "button", class: "when", onclick: () => this.week.select(leave.startsOn) }, when(leave)),
        make("span", { class: "account" }, leave.account)),
      make("span", { class: "pill" }, pending ? texts.pending : texts[leave.status]),
      gone ? null : make("p", { class: "actions" }, pending ? act("approve", "POST", "/approve", texts.approve) : null, act("delete", "DELETE", "", texts.delete)),
      make("p", { class: "log" }, ...log(deliveries)));
  }
}

// when says an absence's days in words.
const when = (leave) => {
  const day = (date) => format(date, { weekday: "short", day: "numeric", month: "short" });
  const half = (position) => (position === "firstHalfDay" ? texts.morning : texts.afternoon);
  if (leave.hours) return `${day(leave.startsOn)}, ${number(leave.hours)} h`;
  const starts = leave.startPosition === "secondHalfDay" ? ` ${texts.afternoon}` : "";
  const ends = leave.endPosition === "firstHalfDay" ? ` ${texts.morning}` : "";
  if (leave.startsOn !== leave.endsOn) return `${day(leave.startsOn)}${starts} – ${day(leave.endsOn)}${ends}`;
  return leave.startPosition === leave.endPosition ? `${day(leave.startsOn)}, ${half(leave.startPosition)}` : day(leave.startsOn);
};

const number = (n) => n.toLocaleString(lang, { maximumFractionDigits: n < 10 ? 1 : 0 });

// log says what became of the webhooks of an absence's last change, worst news first.
const log = (deliveries) => {
  if (!deliveries.length) return [texts.noWebhook];
  const newest = Math.max(...deliveries.map((d) => Date.parse(d.at)));
  const last = deliveries.filter((d) => newest - Date.parse(d.at) < 250);
  const status = (d) => (d.httpStatus ? String(d.httpStatus) : texts.noAnswer);
  const failed = last.find((d) => d.state === "failed");
  if (failed) return [make("i", { class: "bad" }), fill(texts.failed, { status: status(failed) })];
  const waiting = last.find((d) => d.state === "undelivered");
  if (waiting?.attempts) return [make("i", { class: "bad" }), fill(texts.retrying, { n: waiting.attempts, status: status(waiting) })];
  if (waiting) return [make("i", { class: "busy" }), texts.waiting];
  const slowest = last.reduce((a, b) => (a.tookMs > b.tookMs ? a : b));
  const sent = last.length > 1 ? fill(texts.sentMany, { n: last.length }) : texts.sent;
  return [make("i", { class: "good" }), `${sent}, `, make("b", {}, status(slowest)), ` ${texts.in} ${number(Math.max(0.1, slowest.tookMs))} ms`];
};
