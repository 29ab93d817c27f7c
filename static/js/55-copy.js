// A button with data-copy="words" puts them on the clipboard; where the browser refuses, they are picked out to be copied.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    document.dispatchEvent(new CustomEvent("toast", { detail: { text: button.dataset.copied } }));
  } catch {
    document.getElementById(button.getAttribute("aria-controls"))?.select?.();
  }
});
