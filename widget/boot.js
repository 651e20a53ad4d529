// Loads the widget's module and the words of one language; keeps what the customer's page says
// meanwhile.
const early = [];
const keep = (event) => early.push(event);
addEventListener("message", keep);

// A file for each language, of which a visitor downloads one.
const FILES = {
  en: "{{asset:en.txt}}",
  zh: "{{asset:zh.txt}}",
};
const languageOf = (tag) => `${tag}`.slice(0, 2).toLowerCase();
const words = async (tag) => {
  const answer = await fetch(FILES[languageOf(tag)]);
  return (await answer.text()).trim().split("\n");
};
// The site's wish, else the browser's language, else English.
const wishes = [new URLSearchParams(location.search).get("locale"), navigator.language, "en"];
const language = wishes.map(languageOf).find((name) => FILES[name]);
const first = words(language);
const others = (tag, done) => words(tag).then(done, () => done([]));

// The second module, at the first tap that needs it.
const forms = (loaded, failed) =>
  import("{{asset:load-forms.js}}").then((module) => module.load()).then(loaded, failed);

// What the visitor chose instead of the system's light or dark.
try {
  const site = new URLSearchParams(location.search).get("site");
  const { look } = JSON.parse(localStorage.getItem(`fd:${site}:choices`));
  document.documentElement.style.colorScheme = look;
} catch {}

const { default: load, start } = await import("{{asset:widget.js}}");
await load({ module_or_path: "{{asset:widget_bg.wasm}}" });
const text = await first;
removeEventListener("message", keep);
start(early, forms, language, text, others);
