// Types of window.frontdesk. Copy this file into your project, or load it by
//   /// <reference path="embed.d.ts" />
// Without a build, the attributes of the tag do the same:
//   <script async src="https://HOST/embed.js" data-site="KEY" data-locale="en" data-color="#0f6e5f"
//     data-position="left" data-user-id="7" data-user-name="Ada" data-user-email="ada@example.org"
//     data-user-hash="…" data-attributes='{"plan":"pro"}'></script>
// and elements with data-frontdesk="show | hide | toggle | ask" (the question in data-question, or
// the element's own text) do what they say when they are pressed.

declare namespace Frontdesk {
  type Locale = "en" | "zh";

  interface Settings {
    /** The site's key, as in data-site. */
    site?: string;
    /** The page's language when it is missing, then the browser's. */
    locale?: Locale | string;
    /** "#rrggbb" */
    color?: string;
    position?: "left" | "right";
    user?: Person;
    attributes?: Attributes;
  }

  interface Person {
    /** As your site knows the person; never an e-mail address that may change. */
    id: string;
    /** Lower-case hex of HMAC-SHA256(identity secret, id), made on your server. */
    hash: string;
    name?: string;
    email?: string;
  }

  /** At most 20; names and texts up to 256 bytes. `null` removes one. */
  type Attributes = Record<string, string | number | boolean | null>;

  /** What an entry says its action needs, as in { order_number: "48213" }. */
  type Entities = Partial<Record<
    | "order_number" | "tracking_number" | "phone" | "email" | "url" | "date" | "time" | "amount"
    | "quantity" | "card_number" | "person" | "address" | "product" | "issue" | "place" | "company",
    string
  >>;

  /** Shown as text, never as markup. At most 6 choices; a chosen one is asked like a question. */
  interface ActionResult {
    text: string;
    choices?: string[];
  }

  /** Runs in the page, has 10 seconds, and is seen by no server of Frontdesk. */
  type Action = (entities: Entities) => ActionResult | string | Promise<ActionResult | string>;

  interface Events {
    /** The button is on the page. */
    ready: undefined;
    open: undefined;
    close: undefined;
    /** How many messages wait unread. */
    unread: number;
    /** A message came from the bot or from an agent. */
    message: undefined;
    /** The browser answered a question by itself. */
    answered: undefined;
    /** A person was called. */
    handoff: undefined;
  }

  interface Commands {
    /** Puts the button on the page; the tag's data-site does so by itself. */
    (command: "boot", settings?: Settings): void;
    /** Other colours, place or language; also tells agents which page this is now. */
    (command: "update", settings?: Settings): void;
    /** Takes the button off the page and forgets nothing. */
    (command: "shutdown"): void;
    (command: "show"): void;
    (command: "hide"): void;
    (command: "toggle"): void;
    (command: "identify", person: Person): void;
    (command: "setAttributes", attributes: Attributes): void;
    (command: "setLocale", locale: Locale | string): void;
    /** Opens the chat and asks, as if the visitor had typed it. */
    (command: "ask", question: string): void;
    (command: "action", name: string, action: Action): void;
    <E extends keyof Events>(command: "on", event: E, listener: (detail: Events[E]) => void): void;
    <E extends keyof Events>(command: "off", event: E, listener: (detail: Events[E]) => void): void;
    /** Log-out: the chat, its keys and its tokens are forgotten, here and on the server. */
    (command: "reset"): void;
  }
}

interface Window {
  frontdesk: Frontdesk.Commands;
}

declare const frontdesk: Frontdesk.Commands;
