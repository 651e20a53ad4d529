/* Frontdesk's launcher: a button in a Shadow DOM; everything else waits for the click. */
(() => {
  "use strict";
  const script = document.currentScript;
  const stub = window.frontdesk;
  if (!script || stub?.loaded) return;
  const origin = new URL(script.src).origin;

  const WORDS = {
    en: { open: "Open chat", close: "Close chat", title: "Chat", unread: " new" },
    zh: { open: "打开在线客服", close: "关闭在线客服", title: "在线客服", unread: " 条新消息" },
  };
  const CSS = `
:host{all:initial}
*{box-sizing:border-box;border:0}
div{position:fixed;z-index:2147483000;right:max(20px,env(safe-area-inset-right));
bottom:max(20px,env(safe-area-inset-bottom))}
.left{right:auto;left:max(20px,env(safe-area-inset-left))}
button{display:block;
width:60px;height:60px;padding:16px;border-radius:50%;cursor:pointer;color:var(--on,#fff);
background:var(--accent,#0f6e5f);box-shadow:0 2px 6px #0003,0 8px 28px #0004;transition:transform .18s}
button:hover{transform:scale(1.06)}
button:active{transform:scale(.96)}
button:focus-visible{outline:3px solid var(--accent,#0f6e5f);outline-offset:3px}
svg{display:block;width:28px;height:28px;fill:none;stroke:currentColor;stroke-width:2;
stroke-linecap:round;stroke-linejoin:round;pointer-events:none}
i{position:absolute;right:-4px;top:-4px;
min-width:22px;height:22px;padding:0 6px;border-radius:11px;background:#d92d20;color:#fff;
font:600 13px/22px system-ui;text-align:center;pointer-events:none}
iframe{position:absolute;right:0;bottom:74px;
width:400px;height:min(680px,100dvh - 120px);
border-radius:18px;background:Canvas;color-scheme:light dark;
box-shadow:0 4px 12px #0002,0 16px 56px #0005;transition:opacity .16s,transform .16s,visibility .16s}
.left iframe{right:auto;left:0}
iframe.off{opacity:0;transform:translateY(12px);visibility:hidden}
[hidden]{display:none!important}
@media(max-width:480px){
iframe,.left iframe{position:fixed;inset:0;width:100%;height:100dvh;border-radius:0}
.open button{display:none}}
@media(prefers-reduced-motion:reduce){button,iframe,iframe.off{transition:none;transform:none}}`;

  const EVENTS = ["ready", "open", "close", "unread", "message", "answered", "handoff"];
  // The page's own note, made by the first click: there is something to forget.
  const NOTE = "frontdesk";
  const ACTION_MS = 1e4;
  const FUNCTION = "it needs a function";
  const PROOF = "hash is the hex of HMAC-SHA256(identity secret, id), made on your server";

  const listeners = new Map();
  const actions = new Map();
  const attributes = new Map();
  let settings, host, box, button, badge, icon, frame, port, locale, paint;
  let ready = false;
  let open = false;
  let unread = 0;
  let wanted = false;
  // Said once the widget listens; a newer word of the same kind replaces an older one.
  const waiting = new Map();

  const localeOf = (tag) => {
    const language = `${tag}`.slice(0, 2).toLowerCase();
    return WORDS[language] ? language : undefined;
  };

  const make = (tag) => document.createElement(tag);
  const warn = (text) => console.warn(`frontdesk: ${text}`);

  const note = (value) => {
    try {
      if (value) localStorage[NOTE] = value;
      else if (value === "") delete localStorage[NOTE];
      return localStorage[NOTE];
    } catch {}
  };

  const emit = (event, detail) => {
    for (const listener of [...(listeners.get(event) || [])]) {
      // One listener's mistake is reported like any other and stops nobody else's.
      try { listener(detail); } catch (error) { reportError(error); }
    }
  };

  const post = (message) => {
    if (ready) {
      port.postMessage(message);
    } else {
      const kind = Object(message) === message ? Object.keys(message)[0] : message;
      waiting.delete(kind);
      waiting.set(kind, message);
    }
  };

  const label = () => {
    const words = WORDS[locale];
    const count = unread && !open ? `, ${unread}${words.unread}` : "";
    button.setAttribute("aria-label", (open ? words.close : words.open) + count);
    button.setAttribute("aria-expanded", open);
    badge.hidden = open || !unread;
    badge.textContent = unread > 99 ? "99+" : unread;
    if (frame) frame.title = words.title;
    const mark = badge.hidden ? "" : `(${badge.textContent}) `;
    const title = mark + document.title.replace(/^\(\d+\+?\) /, "");
    if (title !== document.title) document.title = title;
    icon.setAttribute("d", open ? "M6 9l6 6 6-6" : "M21 11.5a8.4 8.4 0 0 1-12.2 7.5L3 21l2-5.8A8.4 8.4 0 1 1 21 11.5z");
  };

  const preconnect = () => {
    const link = make("link");
    link.rel = "preconnect";
    link.href = origin;
    document.head.append(link);
  };

  // Query and fragment may hold secrets: they stay on the page.
  const plain = (url) => url.split(/[?#]/)[0].slice(0, 1000);
  const typed = ([name, value]) => ({ name, value: { [typeof value]: value } });
  const visit = () => ({
    url: plain(location.href),
    title: document.title.slice(0, 80),
    referrer: plain(document.referrer),
    attributes: [...attributes].map(typed),
  });
  const tellVisit = () => {
    if (frame) post({ visit: visit() });
  };

  const load = () => {
    if (frame) return;
    const query = new URLSearchParams({ site: settings.site, locale });
    if (settings.color) query.set("color", settings.color);
    frame = make("iframe");
    frame.className = "off";
    frame.src = `${origin}/widget?${query}`;
    frame.onload = () => {
      // A page that loads again has forgotten everything, the greeting too. What follows goes
      // through a port, which no other window has.
      const channel = new MessageChannel();
      port?.close();
      ready = false;
      port = channel.port1;
      port.onmessage = heard;
      const greeting = { hello: { visit: visit(), locale } };
      frame.contentWindow.postMessage(greeting, origin, [channel.port2]);
    };
    box.append(frame);
    // Asked where it stands, so that its opening is seen.
    frame.offsetTop;
  };

  const setOpen = (wish) => {
    wanted = wish;
    if (!button || wish === open) return;
    open = wish;
    if (open) {
      load();
      unread = 0;
      if (note() !== "0") note("1");
    }
    box.classList.toggle("open", open);
    frame.classList.toggle("off", !open);
    label();
    if (ready) post(open ? "shown" : "hidden");
    (open ? frame : button).focus();
    emit(open ? "open" : "close");
  };

  const run = async ({ call, name, entities }) => {
    try {
      const action = actions.get(name);
      if (!action) throw "this page has none";
      const given = Object.fromEntries(entities.map(({ kind, value }) => [kind, value]));
      const late = new Promise((_, no) => setTimeout(no, ACTION_MS, "it took too long"));
      const result = await Promise.race([action(given), late]);
      const { text, choices = [] } = Object(result) === result ? result : { text: result };
      if (!text) throw "it returned no text";
      const cut = (words, most) => String(words).slice(0, most);
      const shown = [...choices].slice(0, 6).map((choice) => cut(choice, 80));
      post({ action_done: { call, text: cut(text, 1300), choices: shown } });
    } catch (error) {
      warn(`action ${name}: ${error}`);
      post({ action_failed: { call } });
    }
  };

  const heard = ({ data: message }) => {
    if (message === "ready") {
      ready = true;
      waiting.forEach(post);
      waiting.clear();
      if (open) post("shown");
    } else if (message === "close") {
      setOpen(false);
    } else if (message === "forgotten") {
      note(open ? "1" : "");
    } else if (message === "message" || message === "answered" || message === "handoff") {
      emit(message);
    } else if (message.run_action) {
      run(message.run_action);
    } else if (message.notify || message === "ask_to_notify") {
      import(`${origin}/attention.js`).then((it) => it.attend(message, post, () => setOpen(true)));
    } else if (message.refused) {
      warn(`${message.refused.code}: ${PROOF}`);
    } else if (message.unread) {
      const count = +message.unread.count || 0;
      if (count === unread) return;
      unread = count;
      label();
      emit("unread", count);
    }
  };

  // The owner's colour, with the text colour that can be read on it.
  const colours = (color) => {
    const hex = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(color || "");
    if (!hex) return "";
    const long = hex[1].length > 3 ? hex[1] : hex[1].replace(/./g, "$&$&");
    const [r, g, b] = [0, 2, 4].map((at) => (parseInt(long.slice(at, at + 2), 16) / 255) ** 2);
    const text = 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#111" : "#fff";
    return `:host{--accent:#${long};--on:${text}}`;
  };

  const mount = () => {
    const svg = "http://www.w3.org/2000/svg";
    host = make("div");
    host.id = "frontdesk";
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    root.adoptedStyleSheets = [sheet];
    box = make("div");
    paint = () => {
      sheet.replaceSync(CSS + colours(settings.color));
      box.classList.toggle("left", settings.position === "left");
    };
    paint();
    button = make("button");
    button.dataset.fd = "launcher";
    const picture = document.createElementNS(svg, "svg");
    picture.setAttribute("viewBox", "0 0 24 24");
    picture.setAttribute("aria-hidden", true);
    icon = document.createElementNS(svg, "path");
    picture.append(icon);
    button.append(picture);
    badge = make("i");
    badge.setAttribute("aria-hidden", true);
    box.append(button, badge);
    root.append(box);
    label();
    button.addEventListener("click", () => setOpen(!open));
    // A hand or a keyboard on its way to the button: the connection is there before the click.
    for (const sign of ["pointerenter", "focus"]) {
      button.addEventListener(sign, preconnect, { once: true });
    }
    root.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") setOpen(false);
    });
    document.body.append(host);
    emit("ready");
    setOpen(wanted);
    // Who chatted before hears of what came meanwhile; a log-out that a page cut short is done now.
    const noted = note();
    if (noted === "0") post("reset");
    if (noted) (window.requestIdleCallback || setTimeout)(() => box && load());
  };

  const moved = () => setTimeout(tellVisit);
  const pressed = ({ target }) => {
    const wish = target.closest?.("[data-frontdesk]");
    const name = wish?.dataset.frontdesk;
    if (["show", "hide", "toggle", "ask"].includes(name)) {
      api(name, wish.dataset.question || wish.textContent.trim());
    }
  };

  const commands = {
    boot(options) {
      if (settings) return;
      const { attributes: more, user, ...rest } = { ...script.dataset, ...options };
      if (!rest.site) throw "no data-site";
      settings = rest;
      locale = localeOf(settings.locale) || localeOf(document.documentElement.lang)
        || localeOf(navigator.language) || "en";
      if (more) api("setAttributes", more);
      const { userId: id, userName: name, userEmail: email, userHash: hash } = rest;
      if (user || id) api("identify", user || { id, name, email, hash });
      document.addEventListener("click", pressed);
      window.navigation?.addEventListener("navigatesuccess", moved);
      if (document.body) mount();
      else addEventListener("DOMContentLoaded", () => settings && mount());
    },
    update(options) {
      if (!settings) return commands.boot(options);
      Object.assign(settings, options);
      if (options?.locale) commands.setLocale(options.locale);
      if (button) paint();
      tellVisit();
    },
    shutdown() {
      document.removeEventListener("click", pressed);
      window.navigation?.removeEventListener("navigatesuccess", moved);
      port?.close();
      host?.remove();
      settings = host = box = button = frame = port = undefined;
      ready = open = wanted = false;
      unread = 0;
      waiting.clear();
    },
    show: () => setOpen(true),
    hide: () => setOpen(false),
    toggle: () => setOpen(!open),
    ask(text) {
      setOpen(true);
      post({ ask: { text: `${text}` } });
    },
    action(name, run) {
      if (!name || typeof run !== "function") throw FUNCTION;
      actions.set(name, run);
    },
    on(event, listener) {
      if (!EVENTS.includes(event)) throw `there are ${EVENTS}`;
      if (typeof listener !== "function") throw FUNCTION;
      if (!listeners.has(event)) listeners.set(event, new Set());
      listeners.get(event).add(listener);
    },
    off(event, listener) {
      listeners.get(event)?.delete(listener);
    },
    identify({ id, name = null, email = null, hash }) {
      if (!id || !/^[0-9a-f]{64}$/.test(hash)) throw PROOF;
      post({ identify: { id: String(id), hash, name, email } });
    },
    setAttributes(more) {
      if (typeof more === "string") more = JSON.parse(more);
      for (const [name, value] of Object.entries(more)) {
        if (value === null) attributes.delete(name);
        else if (/^(string|boolean)$/.test(typeof value) || Number.isFinite(value)) {
          attributes.set(name, value);
        } else throw `${name} is no text, number or boolean`;
      }
      tellVisit();
    },
    setLocale(tag) {
      locale = localeOf(tag) || locale;
      if (button) label();
      post({ set_locale: { locale } });
    },
    reset() {
      unread = 0;
      setOpen(false);
      if (button) label();
      waiting.clear();
      attributes.clear();
      // Noted first: when the page goes away in between, the next one does it.
      if (note()) {
        note("0");
        post("reset");
        if (box) load();
      }
    },
  };

  // A wrong call is its developer's to see and never stops the page.
  const api = (name, ...rest) => {
    try {
      if (!Object.hasOwn(commands, name)) throw `there are ${Object.keys(commands)}`;
      commands[name](...rest);
    } catch (error) {
      warn(`cannot ${name}: ${error}; see ${origin}/embed.d.ts`);
    }
  };
  api.loaded = true;
  window.frontdesk = api;
  const queued = stub?.q || [];
  // Listeners and set-up first, so that no event of the first moment is missed.
  if (script.dataset.site) queued.unshift(["boot"]);
  for (const call of queued) if (call[0] === "on") api(...call);
  for (const call of queued) if (call[0] !== "on") api(...call);
})();
