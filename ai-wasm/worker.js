// The Worker's entry: loads the module, which then listens by itself.
import load, { start } from "{{asset:ai_wasm.js}}";

await load({ module_or_path: "{{asset:ai_wasm_bg.wasm}}" });
start();
