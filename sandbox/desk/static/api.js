import { texts } from "./dates.js";

const toast = document.getElementById("toast");
let hiding;

export const tell = (message) => {
  toast.textContent = message;
  toast.classList.add("shown");
  clearTimeout(hiding);
  hiding = setTimeout(() => toast.classList.remove("shown"), 6000);
};

// call answers the JSON of a request, or null after telling what went wrong; a status
// in expected is answered as null silently.
export const call = async (method, path, body, expected = []) => {
  try {
    const response = await fetch("/sandbox/" + path, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body && JSON.stringify(body),
    });
    if (response.status === 204 || expected.includes(response.status)) return null;
    const answer = await response.json();
    if (response.ok) return answer;
    tell(`${texts.error} – ${answer.detail}`);
  } catch {
    tell(texts.error);
  }
  return null;
};

// once runs a task again after it ended if it was asked for meanwhile, never twice at a time.
export const once = (task) => {
  let running = false;
  let again = false;
  const run = async () => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      await task();
    } finally {
      running = false;
      if (again) {
        again = false;
        run();
      }
    }
  };
  return run;
};
