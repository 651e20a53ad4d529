// Loads the widget's module; keeps what the customer's page says meanwhile.
const early = [];
const keep = (event) => early.push(event);
addEventListener("message", keep);

const { default: load, start } = await import("{{asset:widget.js}}");
await load({ module_or_path: "{{asset:widget_bg.wasm}}" });
removeEventListener("message", keep);
start(early);
