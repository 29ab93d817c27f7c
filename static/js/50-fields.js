// Day fields: the server reads what was typed and says which day it understood.
const previews = new WeakMap();
const previewDay = (field) => {
  clearTimeout(previews.get(field));
  const box = field.closest("[data-day-url]");
  const said = box.querySelector("output");
  if (!field.value.trim()) {
    said.textContent = "";
    return;
  }
  previews.set(
    field,
    setTimeout(async () => {
      try {
        const answer = await (await fetch(`${box.dataset.dayUrl}?q=${encodeURIComponent(field.value)}`)).json();
        said.textContent = answer.text ?? answer.error ?? "";
        said.classList.toggle("is-bad", Boolean(answer.error));
        if (answer.value) box.querySelector("[data-native]").value = answer.value;
      } catch {
        said.textContent = "";
      }
    }, 200),
  );
};
document.addEventListener("input", (event) => {
  if (event.target.matches("[data-day]")) previewDay(event.target);
  if (event.target.matches("[data-native]")) {
    const field = event.target.closest("[data-day-url]").querySelector("[data-day]");
    field.value = event.target.value;
    previewDay(field);
  }
});

// Comboboxes: choices in the page, or JSON from data-url.
const parts = (box) => ({ hidden: box.querySelector("input[type=hidden]"), input: box.querySelector("[role=combobox]"), list: box.querySelector("[role=listbox]") });
const shown = (list) => [...list.children].filter((option) => !option.hidden && option.role === "option");

const open = (box, is) => {
  const { input, list } = parts(box);
  list.hidden = !is;
  input.setAttribute("aria-expanded", String(is));
};

const mark = (box, option) => {
  const { input, list } = parts(box);
  list.querySelectorAll("[aria-selected=true]").forEach((each) => each.setAttribute("aria-selected", "false"));
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", option?.id ?? "");
};

const choose = (box, option) => {
  const { hidden, input } = parts(box);
  hidden.value = option.dataset.value;
  input.value = option.querySelector("span").textContent;
  open(box, false);
  hidden.dispatchEvent(new Event("change", { bubbles: true }));
};

const fill = (box, items) => {
  const { input, list } = parts(box);
  list.replaceChildren(
    ...items.map((item, number) => {
      const option = document.createElement("li");
      Object.assign(option, { className: "option", role: "option", id: `${input.id}_${number}` });
      option.dataset.value = item.value;
      option.setAttribute("aria-selected", "false");
      for (const [text, name] of [[item.label, ""], [item.hint, "hint"]]) {
        if (!text) continue;
        const span = document.createElement("span");
        span.className = name;
        span.textContent = text;
        option.append(span);
      }
      return option;
    }),
  );
  if (!items.length) {
    const none = document.createElement("li");
    none.className = "option dim";
    none.textContent = box.dataset.none;
    list.append(none);
  }
  mark(box, shown(list)[0]);
  open(box, true);
};

let asked = 0;
let timer = 0;
const look = (box) => {
  const { input, list } = parts(box);
  const query = input.value.trim().toLowerCase();
  if (!box.dataset.url) {
    for (const option of list.children) option.hidden = !option.textContent.toLowerCase().includes(query);
    mark(box, shown(list)[0]);
    open(box, true);
    return;
  }
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const mine = ++asked;
    const url = new URL(box.dataset.url, location.href);
    url.searchParams.set("q", query);
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      const items = answer.ok ? await answer.json() : [];
      if (mine === asked) fill(box, Array.isArray(items) ? items : []);
    } catch {
      open(box, false);
    }
  }, 120);
};

document.addEventListener("input", (event) => {
  const box = event.target.closest("[data-combobox]");
  if (!box || event.target.role !== "combobox") return;
  parts(box).hidden.value = "";
  look(box);
});
document.addEventListener("focusin", (event) => {
  const box = event.target.closest?.("[data-combobox]");
  if (box && event.target.role === "combobox" && !event.target.value) look(box);
});
let isPressing = false;
for (const [kind, is] of [["pointerdown", true], ["pointerup", false], ["pointercancel", false]]) {
  document.addEventListener(kind, () => { isPressing = is; }, true);
}
document.addEventListener("focusout", (event) => {
  const box = event.target.closest?.("[data-combobox]");
  if (!box || box.contains(event.relatedTarget)) return;
  const leave = () => {
    if (box.contains(document.activeElement)) return;
    open(box, false);
    const { hidden, input } = parts(box);
    if (!hidden.value) input.value = "";
  };
  // A dialog that shrinks under the finger would lose the press.
  if (isPressing) document.addEventListener("pointerup", () => setTimeout(leave), { once: true });
  else leave();
});
// Before the field loses the focus.
document.addEventListener("pointerdown", (event) => {
  const option = event.target.closest("[data-combobox] [role=option]");
  if (!option) return;
  event.preventDefault();
  choose(option.closest("[data-combobox]"), option);
});
document.addEventListener("keydown", (event) => {
  if (event.target.role !== "combobox") return;
  const box = event.target.closest("[data-combobox]");
  if (!box) return;
  const { list } = parts(box);
  const options = shown(list);
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (list.hidden) return look(box);
    mark(box, options[(at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length]);
  } else if (event.key === "Enter" && !list.hidden && options[at]) {
    event.preventDefault();
    choose(box, options[at]);
  } else if (event.key === "Escape" && !list.hidden) {
    event.preventDefault();
    event.stopPropagation();
    open(box, false);
  }
});
