// Lists by keyboard: j and k move, x picks (Shift: a range), Space peeks, Enter opens, Shift+click picks a range.
const rowsOf = () => [...document.querySelectorAll("[data-rows] [data-row]")].filter((row) => row.checkVisibility());
const current = () => document.querySelector("[data-row][aria-current=true]");
const boxOf = (row) => row?.querySelector("input[name=selected]");
const linkOf = (row) => row.querySelector("a[href]");
let lastPicked = null;
let peekTimer = 0;

const peek = (row) => {
  if (row?.dataset.peek) window.htmx?.ajax("GET", row.dataset.peek, { target: "#peek", swap: "innerHTML", source: row });
};

const select = (row) => {
  if (!row) return;
  current()?.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  (linkOf(row) ?? row).focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
  const pane = document.getElementById("peek");
  if (pane?.hasChildNodes() && row.dataset.peek) {
    // Its keys mean the row before until the preview of this one is there.
    pane.inert = true;
    clearTimeout(peekTimer);
    peekTimer = setTimeout(() => peek(row), 120);
  }
};
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.target?.id === "peek" && !current()) {
    // A preview that opened by itself: its row is the current one.
    rowsOf().find((row) => row.dataset.peek === detail.requestConfig.path)?.setAttribute("aria-current", "true");
  }
  if (detail.target?.id === "peek" && detail.requestConfig.path === current()?.dataset.peek) detail.target.inert = false;
});

const move = (step) => {
  const rows = rowsOf();
  const at = rows.indexOf(current());
  select(rows[Math.min(Math.max(at + step, 0), rows.length - 1)] ?? rows[0]);
};

const count = () => {
  const bar = document.querySelector("[data-bulk]");
  const picked = document.querySelectorAll("input[name=selected]:checked").length;
  if (!bar) return;
  bar.hidden = picked === 0;
  const shown = bar.querySelector("[data-picked]");
  if (shown) shown.textContent = picked;
};

const pick = (row, on, isRange) => {
  const rows = rowsOf();
  const from = rows.indexOf(lastPicked);
  const to = rows.indexOf(row);
  const range = isRange && from >= 0 ? rows.slice(Math.min(from, to), Math.max(from, to) + 1) : [row];
  for (const each of range) {
    const box = boxOf(each);
    if (box) box.checked = on;
  }
  lastPicked = row;
  count();
};

document.addEventListener("click", (event) => {
  const box = event.target.closest("input[name=selected]");
  if (box) pick(box.closest("[data-row]"), box.checked, event.shiftKey);
  const row = event.target.closest("[data-row]");
  if (row) {
    current()?.removeAttribute("aria-current");
    row.setAttribute("aria-current", "true");
    // Where there is room for the preview, a click beside the controls opens it.
    if (innerWidth >= 1600 && !event.target.closest("a, button, input, label, form")) peek(row);
  }
  if (event.target.closest("[data-pick-none]")) {
    document.querySelectorAll("input[name=selected]:checked").forEach((each) => (each.checked = false));
    count();
  }
});
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-pick-all]")) return;
  rowsOf().forEach((row) => boxOf(row) && (boxOf(row).checked = event.target.checked));
  count();
});

// Columns up and down without dragging.
document.addEventListener("click", (event) => {
  const mover = event.target.closest("[data-move]");
  if (!mover) return;
  const item = mover.closest("li");
  const other = mover.dataset.move === "up" ? item.previousElementSibling : item.nextElementSibling;
  if (other) mover.dataset.move === "up" ? other.before(item) : other.after(item);
  mover.focus();
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
  if (document.documentElement.dataset.keys === "off" || document.querySelector("dialog[open], :popover-open")) return;
  const target = event.target;
  if (target.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable=true], button, summary, [role=menuitem]")) return;
  if (!document.querySelector("[data-rows]")) return;
  const row = current();
  const key = event.key.toLowerCase();
  if (key === "j" || (event.key === "ArrowDown" && row)) move(1);
  else if (key === "k" || (event.key === "ArrowUp" && row)) move(-1);
  else if (key === "x" && row && boxOf(row)) pick(row, event.shiftKey || !boxOf(row).checked, event.shiftKey);
  else if (key === " " && row?.dataset.peek) peek(row);
  else if (event.key === "Enter" && row && target === document.body) linkOf(row)?.click();
  else return;
  event.preventDefault();
});
// A row whose cell was edited in the popover or a dialog is asked for again; the rest of the list stays as it is.
let opener = null;
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.requestConfig.verb === "get" && ["popover", "dialog"].includes(detail.target.id)) opener = detail.requestConfig.elt;
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.requestConfig.verb !== "post" || detail.xhr.status >= 400) return;
  const row = opener?.closest("tr[data-row]");
  const box = row && boxOf(row);
  if (!box) return;
  const link = opener.getAttribute("href");
  const isPicked = box.checked;
  opener = null;
  const url = new URL(location.href);
  url.searchParams.set("row", box.value);
  htmx.ajax("GET", url.pathname + url.search, { target: row, swap: "outerHTML" }).then(() => {
    const edited = document.querySelector(`tr[data-row] a[href="${link}"]`);
    edited?.focus();
    if (isPicked && edited) boxOf(edited.closest("tr")).checked = true;
  });
});
// After an action took the current row away, the next one is current.
document.addEventListener("htmx:beforeSwap", (event) => {
  const row = event.detail.target.closest?.("[data-row][aria-current=true]");
  if (row) row.parentElement.dataset.at = String([...row.parentElement.children].indexOf(row));
});
// A list that was asked for as a whole after an action: the same row is current again, or the one that took its place.
let place = null;
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.requestConfig?.triggeringEvent?.type?.endsWith("-changed")) return;
  const row = detail.target.querySelector?.("[data-row][aria-current=true]");
  if (row) place = { at: rowsOf().indexOf(row), peek: row.dataset.peek };
});
document.addEventListener("htmx:afterSettle", () => {
  if (!place || current()) return;
  const rows = rowsOf();
  select(rows.find((row) => row.dataset.peek === place.peek) ?? rows[place.at] ?? rows[rows.length - 1]);
  place = null;
});
const selectNext = () => {
  const list = document.querySelector("[data-rows][data-at]");
  if (!list) return;
  const next = list.children[Number(list.dataset.at)] ?? list.lastElementChild;
  delete list.dataset.at;
  if (!current() && next?.matches("[data-row]")) select(next);
};
document.addEventListener("htmx:afterSettle", selectNext);
// A row that goes and leaves nothing behind settles nothing.
document.addEventListener("htmx:afterRequest", () => setTimeout(selectNext, 50));
