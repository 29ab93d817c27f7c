// Charts: the nearest point tells its value; arrow keys step from point to point.
const tipOf = (wrap) => {
  let tip = wrap.querySelector(".chart-tip");
  if (!tip) {
    tip = document.createElement("div");
    tip.className = "chart-tip";
    tip.setAttribute("aria-live", "polite");
    wrap.append(tip);
  }
  return tip;
};

const showPoint = (wrap, point) => {
  wrap.querySelectorAll(".is-near").forEach((el) => el.classList.remove("is-near"));
  const tip = tipOf(wrap);
  tip.hidden = !point;
  if (!point) return;
  point.classList.add("is-near");
  tip.textContent = point.dataset.pt;
  const frame = wrap.getBoundingClientRect();
  const spot = point.getBoundingClientRect();
  const x = Math.min(Math.max(spot.x + spot.width / 2 - frame.x - tip.offsetWidth / 2, 0), frame.width - tip.offsetWidth);
  const y = spot.y - frame.y - tip.offsetHeight - 6;
  tip.style.translate = `${x}px ${y < -12 ? spot.bottom - frame.y + 6 : y}px`;
};

// From left to right, whatever was drawn first.
const pointsOf = (wrap) => {
  const placed = [...wrap.querySelectorAll("[data-pt]")].map((el) => [el.getBoundingClientRect().x, el]);
  return placed.sort(([a], [b]) => a - b).map(([, el]) => el);
};

document.addEventListener("pointermove", (event) => {
  const wrap = event.target.closest?.(".chart-wrap");
  if (!wrap) return;
  const near = pointsOf(wrap)
    .map((el) => {
      const r = el.getBoundingClientRect();
      return [Math.hypot(event.clientX - r.x - r.width / 2, (event.clientY - r.y - r.height / 2) / 2), el];
    })
    .sort(([a], [b]) => a - b)[0];
  showPoint(wrap, near && near[0] < 60 ? near[1] : null);
});
document.addEventListener("pointerout", (event) => {
  const wrap = event.target.closest?.(".chart-wrap");
  if (wrap && !wrap.contains(event.relatedTarget)) showPoint(wrap, null);
});
document.addEventListener("keydown", (event) => {
  const wrap = event.target.closest?.(".chart-wrap");
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!wrap || !step) return;
  const points = pointsOf(wrap);
  const at = points.findIndex((el) => el.classList.contains("is-near"));
  event.preventDefault();
  const next = points[(at + step + points.length) % points.length];
  showPoint(wrap, next);
  next?.closest("a")?.focus();
});
document.addEventListener("focusout", (event) => {
  const wrap = event.target.closest?.(".chart-wrap");
  if (wrap && !wrap.contains(event.relatedTarget)) showPoint(wrap, null);
});
