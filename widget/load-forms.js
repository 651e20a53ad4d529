// Loads the chat's second module with its style, at the first tap that needs it.
export const load = async () => {
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = "{{asset:forms.css}}";
  const styled = new Promise((done) => (sheet.onload = sheet.onerror = done));
  document.head.append(sheet);
  const module = await import("{{asset:forms.js}}");
  await module.default({ module_or_path: "{{asset:forms_bg.wasm}}" });
  await styled;
  return module;
};
