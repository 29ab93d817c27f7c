// Shortcuts live in the DOM: an element with data-key="g a" is clicked when these keys are pressed.
const WAIT = 900;
let pressed = [];
let timer = 0;

const isTyping = (target) =>
  target instanceof Element && target.matches("textarea, select, [contenteditable=''], [contenteditable=true], input:not([type=checkbox], [type=radio], [type=button], [type=submit])");

const openDialog = () => [...document.querySelectorAll("dialog[open]")].pop();

const currentRow = () => document.activeElement?.closest?.("[data-row]") ?? document.querySelector("[data-row][aria-current=true]");

// An open panel comes first; a key that every row has means the row one stands on; else what can be seen wins.
const selectorFor = (keys) => `[data-key="${keys.replace(/["\\]/g, "\\$&")}"]`;
const elementFor = (keys) => {
  const usable = (el) => !el.disabled && !el.closest("[inert]");
  const inPopover = [...(document.querySelector(":popover-open")?.querySelectorAll(selectorFor(keys)) ?? [])].find(usable);
  const inRow = [...(currentRow()?.querySelectorAll(selectorFor(keys)) ?? [])].find(usable);
  const free = [...document.querySelectorAll(selectorFor(keys))].filter((el) => usable(el) && !el.closest("[data-row]"));
  return inPopover || inRow || free.find((el) => el.checkVisibility()) || free[0];
};

const startsSomething = (keys) => [...document.querySelectorAll("[data-key]")].some((el) => el.dataset.key.startsWith(`${keys} `));

const act = (el) => {
  if (el.matches("input:not([type=checkbox], [type=radio], [type=submit]), textarea, select")) {
    el.focus();
    el.select?.();
  } else {
    el.click();
  }
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const mod = event.metaKey || event.ctrlKey;
  if (mod && event.key === "Enter") {
    const form = event.target.closest?.("form");
    if (form) {
      event.preventDefault();
      form.requestSubmit();
    }
    return;
  }
  if (mod) {
    const el = openDialog() ? null : elementFor(`mod+${event.key.toLowerCase()}`);
    if (el) {
      event.preventDefault();
      act(el);
    }
    return;
  }
  if (document.documentElement.dataset.keys === "off" || isTyping(event.target) || openDialog()) return;
  if (event.key.length > 1) return;
  clearTimeout(timer);
  const key = event.shiftKey && /[a-z]/i.test(event.key) ? `shift+${event.key.toLowerCase()}` : event.key.toLowerCase();
  pressed.push(key);
  for (const keys of [pressed.join(" "), key]) {
    const el = elementFor(keys);
    if (el) {
      pressed = [];
      event.preventDefault();
      act(el);
      return;
    }
    if (startsSomething(keys)) {
      pressed = keys.split(" ");
      timer = setTimeout(() => (pressed = []), WAIT);
      return;
    }
  }
  pressed = [];
});

// The help sheet is made from the page, so it cannot be out of date.
const cap = (key) => {
  const el = document.createElement("kbd");
  const mac = navigator.platform.startsWith("Mac");
  el.textContent = key.replace("mod+", mac ? "⌘" : "Ctrl ").replace("shift+", "⇧").toUpperCase();
  return el;
};

const label = (el) => el.dataset.keyLabel || el.getAttribute("aria-label") || el.querySelector("span")?.textContent.trim() || el.textContent.trim();

document.getElementById("help")?.addEventListener("beforetoggle", (event) => {
  if (event.newState !== "open") return;
  const list = event.target.querySelector(".help-keys");
  list.querySelectorAll("li:not([data-fixed])").forEach((li) => li.remove());
  const seen = new Set();
  for (const el of document.querySelectorAll("[data-key]")) {
    if (seen.has(el.dataset.key) || el.disabled) continue;
    seen.add(el.dataset.key);
    const row = document.createElement("li");
    const text = document.createElement("span");
    text.textContent = label(el);
    const keys = document.createElement("span");
    keys.append(...el.dataset.key.split(" ").flatMap((key) => [cap(key), " "]));
    row.append(text, keys);
    list.append(row);
  }
});
