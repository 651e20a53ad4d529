// Notifications of the desktop, which only the customer's page may show: loaded by the launcher
// once a visitor asks for them.
export const attend = (message, post, show) => {
  if (message === "ask_to_notify") {
    const asked = window.Notification ? Notification.requestPermission() : "denied";
    Promise.resolve(asked)
      .catch(() => "denied")
      .then((is) => post({ may_notify: { allowed: is === "granted" } }));
  } else {
    // Some browsers have the word and refuse the deed.
    try {
      const body = message.notify.body.slice(0, 160);
      const shown = new Notification(message.notify.title, { body, tag: "frontdesk" });
      shown.onclick = () => {
        focus();
        show();
        shown.close();
      };
    } catch {}
  }
};
