// Relative times stay true on a page that is open all day; the server wrote the first text.
const UNITS = [["year", 31557600], ["month", 2629800], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
const format = new Intl.RelativeTimeFormat(document.documentElement.lang || undefined, { style: "narrow", numeric: "always" });

const tick = () => {
  if (document.hidden) return;
  for (const el of document.querySelectorAll("time[data-relative]")) {
    const seconds = (Date.parse(el.dateTime) - Date.now()) / 1000;
    const unit = UNITS.find(([, size]) => Math.abs(seconds) >= size);
    if (unit) el.textContent = format.format(Math.round(seconds / unit[1]), unit[0]);
  }
};
setInterval(tick, 30000);
document.addEventListener("visibilitychange", tick);
