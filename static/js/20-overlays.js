// Dialog, drawer, popover and peek pane open when htmx puts something into them, and are emptied when they close.
const SHARED = ["dialog", "drawer"];
const byId = (id) => document.getElementById(id);

const focusInside = (box) => {
  const field = box.querySelector("[autofocus], [aria-invalid=true], form :is(input:not([type=hidden]), select, textarea)");
  field?.focus();
};

// A form on a page that was refused comes back at once; the person may be at its other end.
const showFault = (box) => {
  const fault = box.querySelector?.(".clashes") ?? box.querySelector?.("[aria-invalid=true]") ?? box.querySelector?.(".banner");
  fault?.focus({ preventScroll: true });
  fault?.scrollIntoView({ block: "center" });
};

document.addEventListener("htmx:afterSwap", (event) => {
  const box = event.detail.target;
  if (SHARED.includes(box.id) && box.innerHTML.trim()) {
    if (!box.open) box.showModal();
    focusInside(box);
  } else if (box.id === "popover" && box.innerHTML.trim()) {
    if (!box.matches(":popover-open")) box.showPopover({ source: event.detail.requestConfig.elt });
    focusInside(box);
  } else if (box.id === "peek") {
    box.scrollTop = 0;
  } else if ([409, 422].includes(event.detail.xhr.status) && event.detail.requestConfig.triggeringEvent?.type === "submit") {
    showFault(event.target);
  }
});

for (const id of SHARED) {
  byId(id)?.addEventListener("close", (event) => event.target.replaceChildren());
}
byId("popover")?.addEventListener("toggle", (event) => {
  if (event.newState === "closed") event.target.replaceChildren();
});

const closePeek = () => {
  byId("peek")?.replaceChildren();
  document.querySelector("[data-row][aria-current=true] a[href]")?.focus();
};

document.addEventListener("close-dialog", () => {
  document.querySelectorAll("dialog[open]").forEach((box) => box.close());
  if (byId("popover")?.matches(":popover-open")) byId("popover").hidePopover();
});

document.addEventListener("click", (event) => {
  const closer = event.target.closest("[data-close]");
  if (closer) {
    event.preventDefault();
    const box = closer.closest("dialog, [popover], .pane");
    if (box?.matches("dialog")) box.close();
    else if (box?.popover) box.hidePopover();
    else closePeek();
    return;
  }
  // Choosing from a menu closes it.
  const item = event.target.closest("[data-menu] .menu-item");
  if (item && !item.popoverTargetElement) item.closest("[popover]").hidePopover();
});

// Ctrl- and middle-click on a link that htmx would fetch open the page, as on any link.
document.addEventListener(
  "click",
  (event) => {
    if ((event.ctrlKey || event.metaKey || event.shiftKey) && event.target.closest("a[hx-get]")) event.stopPropagation();
  },
  true,
);

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && byId("peek")?.hasChildNodes() && !document.querySelector("dialog[open], :popover-open")) closePeek();
  // Arrow keys walk through an open menu.
  const menu = event.target.closest?.("[data-menu]");
  if (!menu || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
  event.preventDefault();
  const items = [...menu.querySelectorAll(".menu-item:not(:disabled)")];
  const at = items.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
  items[(to + items.length) % items.length]?.focus();
});

document.addEventListener("toggle", (event) => {
  if (event.newState === "open" && event.target.matches?.("[data-menu]")) event.target.querySelector(".menu-item")?.focus();
}, true);
