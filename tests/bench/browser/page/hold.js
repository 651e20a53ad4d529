// Comes before the code of either contestant: keeps its files as bytes and sees every Wasm memory.

/** Bytes by address. */
export const held = new Map();

const memories = new Set();
const NativeMemory = WebAssembly.Memory;

WebAssembly.Memory = class Memory extends NativeMemory {
  constructor(...given) {
    super(...given);
    memories.add(this);
  }
};

for (const name of ["instantiate", "instantiateStreaming"]) {
  const native = WebAssembly[name];
  WebAssembly[name] = async (...given) => {
    const made = await native.apply(WebAssembly, given);
    for (const exported of Object.values((made.instance ?? made).exports)) {
      if (exported instanceof NativeMemory) memories.add(exported);
    }
    return made;
  };
}

/** Calls `load(files)` once told to, with all bytes in hand. */
export function contest(load) {
  let files;
  self.addEventListener("message", async ({ data }) => {
    try {
      switch (data.bench) {
        case "hold":
          files = data.files;
          for (const url of files.bytes) {
            held.set(url, await (await fetch(url)).arrayBuffer());
          }
          // Modules come from the browser's cache, where this puts them.
          for (const url of files.modules) await (await fetch(url)).arrayBuffer();
          self.postMessage({ bench: "held" });
          break;
        case "load":
          await load(files);
          break;
        case "memory": {
          // A Wasm memory never shrinks: what it has now is its peak.
          let bytes = 0;
          for (const memory of memories) bytes += memory.buffer.byteLength;
          self.postMessage({ bench: "memory", bytes });
          break;
        }
      }
    } catch (error) {
      self.postMessage({ bench: "failed", error: String(error) });
    }
  });
  self.postMessage({ bench: "started" });
}
