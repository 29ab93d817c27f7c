// The command palette: own book and pages at once, the server for the rest.
const box = document.getElementById("palette");
const input = box?.querySelector("input");
const list = box?.querySelector("[role=listbox]");
const MOST = 12;
let index = null;
let hits = [];
let at = 0;
let timer = 0;
let asked = 0;

const spelled = (el) => (el.dataset.keyLabel || el.getAttribute("aria-label") || el.querySelector("span")?.textContent || el.textContent).trim();

const pages = () =>
  [...document.querySelectorAll(".side a.side-item:not(.brand)")].map((el) => ({ group: box.dataset.wordPages, label: spelled(el), url: el.href, key: el.dataset.key }));

const actions = () =>
  [...document.querySelectorAll("main [data-key], .top [data-key], .pane [data-key]")]
    .filter((el) => !el.closest("[data-row]") && el.checkVisibility())
    .map((el) => ({ group: box.dataset.wordActions, label: spelled(el), element: el, key: el.dataset.key }));

const recentKey = () => `recent:${box.dataset.user}`;
const recent = () => JSON.parse(sessionStorage.getItem(recentKey()) ?? "[]").map((item) => ({ ...item, group: box.dataset.wordRecent }));
const keepRecent = ({ label, hint, url }) => {
  const others = recent().filter((item) => item.url !== url);
  sessionStorage.setItem(recentKey(), JSON.stringify([{ label, hint, url }, ...others].slice(0, 6)));
};

// A list, or an error: an expired session answers 401 and no list.
const listFrom = async (url) => {
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  const found = answer.ok ? await answer.json() : null;
  if (!Array.isArray(found)) throw new TypeError(`${url} answered no list`);
  return found;
};

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

// Beginning of the name, beginning of a word, anywhere, letters in order.
const rank = (label, query) => {
  const text = fold(label);
  if (text.startsWith(query)) return 4;
  if (text.includes(` ${query}`)) return 3;
  if (text.includes(query)) return 2;
  let from = 0;
  for (const letter of query) {
    from = text.indexOf(letter, from) + 1;
    if (!from) return 0;
  }
  return query.length > 2 ? 1 : 0;
};

const paint = () => {
  list.replaceChildren();
  let group = null;
  hits.forEach((hit, number) => {
    if (hit.group && hit.group !== group) {
      group = hit.group;
      const head = document.createElement("div");
      head.className = "group";
      head.role = "presentation";
      head.textContent = group;
      list.append(head);
    }
    const row = document.createElement("div");
    row.className = "option";
    row.role = "option";
    row.id = `palette-${number}`;
    row.setAttribute("aria-selected", String(number === at));
    const name = document.createElement("span");
    name.textContent = hit.label;
    row.append(name);
    if (hit.hint) {
      const hint = document.createElement("span");
      hint.className = "hint";
      hint.textContent = hit.hint;
      row.append(hint);
    }
    if (hit.key) {
      const key = document.createElement("kbd");
      key.textContent = hit.key.toUpperCase();
      row.append(key);
    }
    row.addEventListener("click", (event) => run(number, event.metaKey || event.ctrlKey));
    list.append(row);
  });
  if (!hits.length) {
    const none = document.createElement("div");
    none.className = "palette-none";
    none.textContent = `${box.dataset.wordNone} “${input.value}”`;
    list.append(none);
  }
  input.setAttribute("aria-activedescendant", hits.length ? `palette-${at}` : "");
  list.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
};

const search = (found = []) => {
  const query = fold(input.value.trim());
  if (!query) {
    hits = [...recent(), ...actions().slice(0, 6), ...pages()].slice(0, MOST + 6);
  } else {
    const known = [...(index ?? []), ...pages(), ...actions()];
    const ranked = known.map((item) => [rank(item.label, query), item]).filter(([score]) => score > 0);
    ranked.sort(([a], [b]) => b - a);
    const best = ranked.map(([, item]) => item).slice(0, MOST);
    const seen = new Set(best.map((item) => item.url).filter(Boolean));
    best.push(...found.filter((item) => !seen.has(item.url)));
    const groups = [...new Set(best.map((item) => item.group))];
    hits = groups.flatMap((group) => best.filter((item) => item.group === group));
  }
  at = Math.min(at, Math.max(hits.length - 1, 0));
  paint();
};

const askServer = () => {
  const query = input.value.trim();
  clearTimeout(timer);
  if (!box.dataset.search || query.length < 2) return;
  timer = setTimeout(async () => {
    const mine = ++asked;
    try {
      const found = await listFrom(`${box.dataset.search}?q=${encodeURIComponent(query)}`);
      if (mine === asked && query === input.value.trim()) search(found);
    } catch {
      // The own book is still there.
    }
  }, 120);
};

const run = (number, inNewTab) => {
  const hit = hits[number];
  if (!hit) return;
  box.close();
  if (hit.element) {
    hit.element.click();
    return;
  }
  keepRecent(hit);
  if (inNewTab) open(hit.url, "_blank", "noopener");
  else location.assign(hit.url);
};

const openPalette = async () => {
  if (!box || box.open) return;
  input.value = "";
  at = 0;
  box.showModal();
  search();
  if (index || !box.dataset.index) return;
  try {
    index = await listFrom(box.dataset.index);
    search();
  } catch {
    index = null;
  }
};

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-open-palette]")) openPalette();
});
input?.addEventListener("input", () => {
  at = 0;
  search();
  askServer();
});
input?.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && hits.length) {
    event.preventDefault();
    at = (at + step + hits.length) % hits.length;
    paint();
  } else if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
    run(at, event.metaKey || event.ctrlKey);
  }
});
