// A form with data-steps draws its fields anew as somebody works in it. What is typed while an answer is under way is
// never overwritten: that answer is let go, and its step is asked for again as soon as the field is left.
const typed = new WeakMap();
// What was sent while a step was under way that took its place, or put a new form in the place of the old one.
let unsent = null;

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-steps]");
  if (form) typed.set(form, event.target);
});
document.addEventListener("submit", ({ target: form, submitter }) => {
  if (form.matches("form[data-steps].htmx-request") && submitter?.name !== "do") unsent = { form, submitter };
}, true);
document.addEventListener("htmx:configRequest", ({ detail: { elt: form, triggeringEvent } }) => {
  if (!form.matches("form[data-steps]")) return;
  typed.delete(form);
  form.querySelector("[data-step-again]")?.remove();
  if (triggeringEvent?.type !== "step") unsent = null;
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { requestConfig, target, xhr } = event.detail;
  const form = requestConfig.elt;
  const field = form.matches("form[data-steps]") && typed.get(form);
  const step = requestConfig.parameters.do;
  // What was saved is shown in any case.
  const isStep = step || new URL(requestConfig.path, location.href).href !== form.action;
  if (!field || !isStep || xhr.status !== 200 || !target.contains(field)) return;
  event.detail.shouldSwap = false;
  if (step) {
    const again = Object.assign(document.createElement("input"), { type: "hidden", name: "do", value: step });
    again.dataset.stepAgain = "";
    form.prepend(again);
  }
  const ask = () => typed.has(form) && form.dispatchEvent(new Event("step"));
  if (document.activeElement === field) field.addEventListener("blur", ask, { once: true });
  else ask();
});
document.addEventListener("htmx:afterSettle", () => {
  if (!unsent || unsent.form.matches(".htmx-request")) return;
  const { form, submitter } = unsent;
  unsent = null;
  if (form.isConnected) form.requestSubmit(submitter);
  else document.getElementById(form.id)?.requestSubmit();
});
