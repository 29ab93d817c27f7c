// Theme, sidebar and right pane: changed at once here, remembered by the server or in a cookie for the next page.
const root = document.documentElement;
const remember = (name, value) => {
  document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=lax`;
};

const isDark = () => (root.dataset.theme === "system" ? matchMedia("(prefers-color-scheme: dark)").matches : root.dataset.theme === "dark");

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-theme-form]")) return;
  event.preventDefault();
  root.dataset.theme = isDark() ? "light" : "dark";
  form.elements.theme.value = root.dataset.theme;
  fetch(form.action, { method: "POST", body: new FormData(form) });
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-fold]")) {
    root.dataset.side = root.dataset.side === "folded" ? "open" : "folded";
    remember("side", root.dataset.side);
  }
  if (event.target.closest("[data-pane-toggle]")) {
    const peek = document.getElementById("peek");
    if (peek?.hasChildNodes()) {
      peek.replaceChildren();
    } else {
      root.dataset.pane = root.dataset.pane === "closed" ? "open" : "closed";
      remember("pane", root.dataset.pane);
    }
  }
});

// A table that scrolls sideways can be reached and scrolled by keyboard.
const reach = () => {
  for (const wrap of document.querySelectorAll(".table-wrap:not([role])")) {
    if (wrap.scrollWidth > wrap.clientWidth) wrap.tabIndex = 0;
    else wrap.removeAttribute("tabindex");
  }
};
addEventListener("resize", reach);
document.addEventListener("htmx:afterSettle", reach);
document.addEventListener("toggle", reach, true);
reach();

// On a phone the tabs scroll sideways: the open one is in sight.
for (const tabs of document.querySelectorAll(".top-tabs, .settings-nav")) {
  const open = tabs.querySelector("[aria-current]");
  if (open) tabs.scrollLeft += open.getBoundingClientRect().left - tabs.getBoundingClientRect().left - 48;
}

// A control with data-submit sends its form as soon as it changes.
document.addEventListener("change", (event) => {
  if (event.target.closest("[data-submit]")) event.target.form?.requestSubmit();
});

// Text of a data-draft field outlives a lost connection or a closed tab until its form was sent.
const draftKey = (el) => `draft:${location.pathname}:${el.dataset.draft}`;
const restore = (scope) => {
  for (const el of scope.querySelectorAll("[data-draft]")) {
    const kept = localStorage.getItem(draftKey(el));
    if (kept && !el.value) el.value = kept;
  }
};
document.addEventListener("input", (event) => {
  if (event.target.matches?.("[data-draft]")) localStorage.setItem(draftKey(event.target), event.target.value);
});
const forget = (form) => form.querySelectorAll("[data-draft]").forEach((el) => localStorage.removeItem(draftKey(el)));
document.addEventListener("htmx:afterRequest", (event) => {
  // The event's own element is an ancestor when the answer replaced the form.
  const sent = event.detail.requestConfig.elt;
  if (event.detail.xhr.status < 400 && sent.matches("form")) forget(sent);
});
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented && !event.target.matches("[hx-post]")) forget(event.target);
});
document.addEventListener("htmx:afterSwap", (event) => restore(event.detail.target));
restore(document);
