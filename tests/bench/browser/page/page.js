// Drives one Worker a contestant and times it from outside, as a visitor's page would see it.

/** What a contestant needs to be told, and how its messages are read. */
const CONTESTANTS = {
  ours: {
    script: "/bench/ours.js",
    question: (question) => question.message,
    isReply: (message) => typeof message === "string" && message.startsWith('{"outcome"'),
    microsInside: (message) => JSON.parse(message).outcome.outcome.micros,
  },
  onnx: {
    script: "/bench/onnx.js",
    question: (question) => ({ bench: "ask", ids: BigInt64Array.from(question.ids, BigInt) }),
    isReply: (message) => message.bench === "reply",
    microsInside: (message) => message.micros,
  },
};

class Contestant {
  constructor(name) {
    Object.assign(this, CONTESTANTS[name]);
    this.worker = new Worker(this.script, { type: "module" });
    this.worker.onmessage = ({ data }) => this.take(data, performance.now());
    this.worker.onerror = (event) => this.failed?.(new Error(`${name}: ${event.message}`));
  }

  /** Resolves with the message that `accept` returns true for, and when it came. */
  until(accept) {
    return new Promise((resolve, reject) => {
      this.failed = reject;
      this.waiting = (message, at) => accept(message) && resolve({ message, at });
    });
  }

  take(message, at) {
    const failed = typeof message === "string" && message.startsWith('{"failed"');
    if (failed || message.bench === "failed") {
      this.failed(new Error(JSON.stringify(message)));
    } else {
      this.waiting?.(message, at);
    }
  }

  /** Brings the bytes into the Worker's hands; not measured. */
  async prepare(files) {
    this.files = files;
    await this.until((message) => message.bench === "started");
    const held = this.until((message) => message.bench === "held");
    this.worker.postMessage({ bench: "hold", files });
    await held;
  }

  /** Milliseconds from bytes in hand until it can answer with everything it has. */
  async load() {
    const missing = new Set(this.files.loads.map(({ until }) => until));
    const ready = this.until((message) => {
      if (message === '"started"') {
        // As the widget does: what it wants loaded is sent once the module runs.
        this.files.loads.forEach((load) => this.worker.postMessage(load.message));
      }
      const part = typeof message === "string" ? message : message.bench;
      missing.forEach((until) => part.includes(until) && missing.delete(until));
      return missing.size === 0;
    });
    const from = performance.now();
    this.worker.postMessage({ bench: "load" });
    return (await ready).at - from;
  }

  /** One question: milliseconds outside and inside the Worker, and what it said. */
  async ask(question) {
    const message = this.question(question);
    const reply = this.until(this.isReply);
    const from = performance.now();
    this.worker.postMessage(message);
    const { message: said, at } = await reply;
    return { outside_ms: at - from, inside_ms: this.microsInside(said) / 1_000, said };
  }

  async memoryBytes() {
    const told = this.until((message) => message.bench === "memory");
    this.worker.postMessage({ bench: "memory" });
    return (await told).message.bytes;
  }
}

const contestants = {};

globalThis.bench = {
  async prepare(name, files) {
    contestants[name] = new Contestant(name);
    await contestants[name].prepare(files);
  },
  load: (name) => contestants[name].load(),
  ask: (name, question) => contestants[name].ask(question),
  memoryBytes: (name) => contestants[name].memoryBytes(),

  /** The same questions to each in turn, one at a time. */
  async round(order, questions) {
    const taken = {};
    for (const name of order) {
      taken[name] = [];
      for (const question of questions) {
        const { outside_ms, inside_ms } = await contestants[name].ask(question);
        taken[name].push({ outside_ms, inside_ms });
      }
    }
    return taken;
  },
};
