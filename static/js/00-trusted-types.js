// SECURITY: the default policy makes HTML alone (fragments of our own server); never scripts or script addresses.
if (window.trustedTypes?.createPolicy && !window.trustedTypes.defaultPolicy) {
  window.trustedTypes.createPolicy("default", { createHTML: (html) => html });
}
