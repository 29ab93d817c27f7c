// Toasts: at least ten seconds, longer while pointed at or focused; Undo is a POST.
const LIFE = 10000;
const shelf = document.getElementById("toasts");
const words = shelf?.dataset ?? {};

const button = (text, act) => {
  const el = document.createElement("button");
  el.type = "button";
  el.textContent = text;
  el.addEventListener("click", act);
  return el;
};

const bring = (toast, undo) => {
  let timer = 0;
  const wait = () => (timer = setTimeout(() => toast.remove(), LIFE));
  const hold = () => clearTimeout(timer);
  if (undo) {
    toast.append(
      button(words.wordUndo, () => {
        toast.remove();
        window.htmx?.ajax("POST", undo, { source: document.body, swap: "none" });
      }),
    );
  }
  const close = button("×", () => toast.remove());
  close.setAttribute("aria-label", words.wordClose);
  toast.append(close);
  toast.addEventListener("pointerenter", hold);
  toast.addEventListener("focusin", hold);
  toast.addEventListener("pointerleave", wait);
  toast.addEventListener("focusout", wait);
  wait();
};

const show = ({ text, undo, isBad }) => {
  if (!shelf || !text) return;
  const toast = document.createElement("div");
  toast.className = isBad ? "toast is-bad" : "toast";
  const said = document.createElement("span");
  said.textContent = text;
  toast.append(said);
  shelf.append(toast);
  while (shelf.children.length > 4) shelf.firstElementChild.remove();
  // Above an open dialog only what is in the top layer can be seen.
  if (document.querySelector("dialog[open]") && shelf.showPopover) {
    shelf.popover = "manual";
    shelf.showPopover();
  }
  bring(toast, undo);
};

shelf?.querySelectorAll("[data-toast]").forEach((toast) => bring(toast, toast.dataset.undo));
document.addEventListener("toast", (event) => show(event.detail));
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status !== 422) show({ text: words.wordFailed, isBad: true });
});

// Working: a thin bar at the top after a moment; the page stays as it is.
let running = 0;
const busy = (step) => {
  running = Math.max(0, running + step);
  document.documentElement.toggleAttribute("data-busy", running > 0);
};
document.addEventListener("htmx:beforeSend", () => busy(1));
document.addEventListener("htmx:afterRequest", () => busy(-1));

// No connection: a banner, and the page's content stays.
const offline = document.getElementById("offline");
const setOffline = (is) => {
  if (offline) offline.hidden = !is;
};
addEventListener("offline", () => setOffline(true));
addEventListener("online", () => setOffline(false));
document.addEventListener("htmx:sendError", () => setOffline(true));
document.addEventListener("htmx:afterOnLoad", () => setOffline(false));
document.addEventListener("htmx:timeout", () => show({ text: words.wordSlow, isBad: true }));
