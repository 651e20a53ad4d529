// Loads the widget's module; keeps what the customer's page says meanwhile.
const early = [];
const keep = (event) => early.push(event);
addEventListener("message", keep);

// The second module, at the first tap that needs it.
const forms = (loaded, failed) =>
  import("{{asset:load-forms.js}}").then((module) => module.load()).then(loaded, failed);

const { default: load, start } = await import("{{asset:widget.js}}");
await load({ module_or_path: "{{asset:widget_bg.wasm}}" });
removeEventListener("message", keep);
start(early, forms);
