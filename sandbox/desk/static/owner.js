import { call } from "./api.js";
import { addDays } from "./dates.js";

const dialog = document.getElementById("owner");
const form = dialog.querySelector("form");

// The end of a whole day is exclusive in calendars; people read the last day.
const shownEnd = (event) => (event.allDay ? addDays(event.end, -1) : event.end);

// openEvent lets the mailbox's owner change, copy or delete an event; done is called
// after they did.
export const openEvent = (email, event, done) => {
  const { subject, start, end } = form.elements;
  for (const field of [start, end]) field.type = event.allDay ? "date" : "datetime-local";
  [subject.value, start.value, end.value] = [event.subject, event.start, shownEnd(event)];
  dialog.returnValue = "close";
  dialog.onclose = async () => {
    const path = `mailboxes/${encodeURIComponent(email)}/events/${event.id}`;
    const span = { start: start.value, end: event.allDay ? addDays(end.value, 1) : end.value };
    switch (dialog.returnValue) {
      case "save":
        await call("PATCH", path, { subject: subject.value, ...span });
        break;
      case "copy":
        await call("POST", `${path}/copy`, span);
        break;
      case "delete":
        await call("DELETE", path);
        break;
      default:
        return;
    }
    done();
  };
  dialog.showModal();
};
