// ONNX Runtime Web with the same weights: one thread, SIMD, every output computed.
import { contest, held } from "./hold.js";

let runtime;
let session;

contest(async (files) => {
  runtime = await import(files.entry);
  runtime.env.wasm.numThreads = 1;
  runtime.env.wasm.wasmBinary = held.get(files.wasm);
  const options = { executionProviders: ["wasm"], graphOptimizationLevel: "all" };
  session = await runtime.InferenceSession.create(new Uint8Array(held.get(files.model)), options);
  self.postMessage({ bench: "ready" });
});

self.addEventListener("message", async ({ data }) => {
  if (data.bench !== "ask") return;
  try {
    const from = performance.now();
    const ids = new runtime.Tensor("int64", data.ids, [1, data.ids.length]);
    const outputs = await session.run({ [session.inputNames[0]]: ids });
    const vector = Array.from(outputs[session.outputNames[0]].data);
    const micros = (performance.now() - from) * 1_000;
    self.postMessage({ bench: "reply", vector, micros });
  } catch (error) {
    self.postMessage({ bench: "failed", error: String(error) });
  }
});
