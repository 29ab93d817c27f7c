// Previous and next in the order of the list that one came from: Shift J and Shift K, or the arrows of the header.
const kindOf = (path) => path.match(/^\/[a-z-]+\/\d+\/$/) && path.split("/")[1];
const pathsOf = (row) => [...row.querySelectorAll("a[href]")].map((link) => new URL(link.href).pathname);

// A list is remembered when one of its rows is followed.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-row] a[href]");
  const list = link?.closest("[data-rows]");
  const kind = link && kindOf(new URL(link.href).pathname);
  if (!list || !kind) return;
  const paths = [...list.querySelectorAll("[data-row]")].map((row) => pathsOf(row).find((path) => kindOf(path) === kind));
  sessionStorage.setItem(`walk-${kind}`, JSON.stringify([...new Set(paths.filter(Boolean))]));
});

const walk = document.querySelector("[data-walk]");
if (walk) {
  const own = walk.dataset.walk;
  const paths = JSON.parse(sessionStorage.getItem(`walk-${kindOf(own)}`) ?? "[]");
  const at = paths.indexOf(own);
  // The same tab of the next one, where this page is a tab.
  const tab = location.pathname.startsWith(own) ? location.pathname.slice(own.length) : "";
  for (const link of walk.querySelectorAll("[data-walk-step]")) {
    const path = at < 0 ? undefined : paths[at + Number(link.dataset.walkStep)];
    if (path) link.href = path + tab;
    else {
      link.role = "link";
      link.ariaDisabled = "true";
    }
  }
  walk.querySelector("[data-walk-place]").textContent = `${at + 1} / ${paths.length}`;
  walk.hidden = at < 0 || paths.length < 2;
}
