// A phone: shows the texts of one number as they come and sends what is typed.
"use strict";

const WAIT_S = 25;
const PAUSE_MS = 500;
const RETRY_MS = 2000;
const FIRST_NUMBER = "+491700000001";

const element = (id) => document.getElementById(id);
const [me, to, list, notice, form, text] = ["me", "to", "texts", "notice", "form", "text"].map(element);

// The texts of the number that is shown, by index; and what ends the showing of it.
let shown = new Map();
let showing = new AbortController();

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function ask(path, options) {
  const response = await fetch(path, options);
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error ?? `The carrier answered ${response.status}.`);
  return body;
}

function suggest(id, numbers) {
  element(id).replaceChildren(...numbers.map((number) => new Option(number, number)));
}

function say(sentence) {
  if (notice.textContent !== sentence) notice.textContent = sentence;
}

const states = { waiting: "waiting for the contact center", delivered: "delivered", refused: "refused" };

function show(one) {
  let item = shown.get(one.index)?.item;
  const isNew = !item;
  if (isNew) {
    item = document.createElement("li");
    const [bubble, about] = [document.createElement("span"), document.createElement("span")];
    bubble.className = "bubble";
    bubble.textContent = one.text;
    about.className = "about";
    item.append(bubble, about);
    list.append(item);
  }
  shown.set(one.index, { item, state: one.state });
  item.className = `${one.direction} ${one.state}`;
  const time = new Date(one.at_ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const isSent = one.direction === "sent";
  item.lastChild.textContent = isSent ? `${time}, to ${one.to}, ${states[one.state]}` : `${time}, from ${one.from}`;
  // The one who writes to this phone first is the one it answers.
  if (!isSent && isNew && !to.value) to.value = one.from;
  return isNew;
}

// The last text whose like need not be asked for again: those after it may still change.
function settled() {
  const waiting = [...shown].filter(([, one]) => one.state === "waiting").map(([index]) => index);
  const last = Math.max(0, ...shown.keys());
  return { after: waiting.length ? Math.min(...waiting) - 1 : last, isChanging: waiting.length > 0 };
}

async function follow(number, signal) {
  while (!signal.aborted) {
    try {
      const { after, isChanging } = settled();
      const wait = isChanging ? 0 : WAIT_S;
      const path = `phones/${encodeURIComponent(number)}/texts?after=${after}&wait_s=${wait}`;
      const { texts } = await ask(path, { signal });
      say("");
      const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
      const news = texts.filter(show).length;
      if (news && isAtEnd) list.scrollTop = list.scrollHeight;
      if (isChanging) await pause(PAUSE_MS);
    } catch (error) {
      if (signal.aborted) return;
      say(error instanceof TypeError ? "The carrier cannot be reached." : error.message);
      await pause(RETRY_MS);
    }
  }
}

function open() {
  showing.abort();
  showing = new AbortController();
  shown = new Map();
  list.replaceChildren();
  const number = me.value.trim();
  history.replaceState(null, "", `#${new URLSearchParams({ me: number, to: to.value.trim() })}`);
  if (number) follow(number, showing.signal);
}

async function send(event) {
  event.preventDefault();
  if (!form.reportValidity() || !me.reportValidity() || !to.reportValidity()) return;
  const body = JSON.stringify({ from: me.value.trim(), to: to.value.trim(), text: text.value });
  try {
    await ask("texts", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    text.value = "";
    say("");
  } catch (error) {
    say(error instanceof TypeError ? "The carrier cannot be reached." : error.message);
  }
  text.focus();
}

async function begin() {
  const asked = new URLSearchParams(location.hash.slice(1));
  me.value = asked.get("me") || FIRST_NUMBER;
  to.value = asked.get("to") || "";
  me.addEventListener("change", open);
  to.addEventListener("change", open);
  me.addEventListener("focus", async () => {
    const { phones } = await ask("phones").catch(() => ({ phones: [] }));
    suggest("phones", phones.slice(0, 50).map((phone) => phone.number));
  });
  form.addEventListener("submit", send);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) form.requestSubmit();
    else return;
    event.preventDefault();
  });
  const { numbers } = await ask("numbers").catch(() => ({ numbers: [] }));
  suggest("numbers", numbers.slice(0, 50));
  if (!to.value) to.value = numbers[0] ?? "";
  open();
  text.focus();
}

begin();
