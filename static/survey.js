// Answer pages work without this. It makes Send wait until a person could have read the page, notes a real touch or key,
// moves rankings in place, keeps words over a reload, and starts a kiosk anew.
(() => {
  const form = document.querySelector("form[data-answer]");
  const kiosk = document.querySelector("[data-kiosk]");
  const send = (message) => window.parent !== window && window.parent.postMessage({ survey: message }, "*");
  const tell = () => send({ height: Math.ceil(document.querySelector("main").getBoundingClientRect().height) });
  if (document.documentElement.dataset.embed !== undefined) {
    new ResizeObserver(tell).observe(document.querySelector("main"));
    tell();
  }
  if (kiosk) {
    let idle = 0;
    const again = () => {
      clearTimeout(idle);
      idle = setTimeout(() => location.replace(location.pathname), 45000);
    };
    for (const name of ["pointerdown", "keydown", "input"]) addEventListener(name, again, { passive: true });
    addEventListener("pageshow", (event) => event.persisted && location.replace(location.pathname));
    document.querySelector("[data-full]")?.addEventListener("click", () => document.documentElement.requestFullscreen?.());
    if (form) again();
  }
  if (!form) return;
  const part = (name) => form.elements.namedItem(name);
  part("script").value = "1";
  const seen = (event) => {
    if (event.isTrusted) part("touch").value = "1";
  };
  for (const name of ["pointerdown", "keydown", "touchstart"]) addEventListener(name, seen, { capture: true, passive: true });
  const buttons = [...form.querySelectorAll("button:not(.plain)")];
  const ready = (is) => buttons.forEach((button) => (button.disabled = !is));
  ready(false);
  setTimeout(() => ready(true), Math.max(0, 1800 - performance.now()));
  addEventListener("pageshow", (event) => event.persisted && ready(true));
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const list = button.closest("[data-ranking]");
    if (!event.isTrusted) {
      event.preventDefault();
      form.querySelector(".early").hidden = false;
    } else if (list) {
      event.preventDefault();
      const item = button.closest("li");
      if (button.value.endsWith(":up")) item.previousElementSibling?.before(item);
      else item.nextElementSibling?.after(item);
      [...list.children].forEach((row, place, rows) => {
        const [up, down] = row.querySelectorAll("button");
        up.disabled = place === 0;
        down.disabled = place === rows.length - 1;
      });
      list.parentElement.querySelector("input[type=checkbox]").checked = true;
      (button.disabled ? item.querySelector("button:not(:disabled)") : button)?.focus();
    }
  });
  form.addEventListener("input", (event) => {
    const other = event.target.closest(".other");
    if (other?.value) [...form.elements[other.name.replace(/\.other$/, "")]].find((one) => one.value === "other.").checked = true;
  });
  if (kiosk || form.dataset.preview !== undefined) return;
  for (const field of form.querySelectorAll("textarea, .field input[type=text]")) {
    const key = `${location.pathname}#${field.name}`;
    try {
      field.value ||= sessionStorage.getItem(key) ?? "";
      field.addEventListener("input", () => sessionStorage.setItem(key, field.value));
      form.addEventListener("submit", () => sessionStorage.removeItem(key));
    } catch {
      return;
    }
  }
})();
