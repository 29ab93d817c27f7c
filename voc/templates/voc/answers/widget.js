{% load i18n %}{% if is_open %}(() => {
  const script = document.currentScript;
  const frame = document.createElement("iframe");
  frame.src = "{{ address|escapejs }}";
  frame.title = "{% filter escapejs %}{% translate "Survey" %}{% endfilter %}";
  frame.loading = "lazy";
  frame.referrerPolicy = "no-referrer";
  frame.setAttribute("sandbox", "allow-forms allow-scripts");
  Object.assign(frame.style, { border: "0", width: "100%", height: "26rem", colorScheme: "normal" });
  addEventListener("message", (event) => {
    const height = event.source === frame.contentWindow && event.data?.survey?.height;
    if (Number.isFinite(height)) frame.style.height = `${Math.min(Math.max(height, 160), 2400)}px`;
  });
  script.after(frame);
})();
{% endif %}
