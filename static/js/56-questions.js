// Alt and the arrow keys move the question that is open, as its Up and Down buttons do.
document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.isComposing || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
  if (document.querySelector("dialog[open]")) return;
  const row = event.target.closest?.("[data-question]") ?? document.querySelector("[data-question][aria-current=true]");
  const button = row?.querySelector(`[data-move=${event.key === "ArrowUp" ? "up" : "down"}]`);
  if (!row) return;
  event.preventDefault();
  const link = row.querySelector("a[id]");
  button?.click();
  if (!link) return;
  document.body.addEventListener("htmx:afterSettle", () => document.getElementById(link.id)?.focus(), { once: true });
});
