// How states, times and identifiers are put.

const TONES = {
  Succeeded: "good", InProgress: "busy", Failed: "bad", Stopping: "busy", Waiting: "wait",
  healthy: "good", initial: "busy", unhealthy: "bad", draining: "wait",
  COMPLETED: "good", IN_PROGRESS: "busy", FAILED: "bad",
  RUNNING: "good", PROVISIONING: "busy", PENDING: "busy", ACTIVATING: "busy", DEACTIVATING: "wait", STOPPING: "wait",
};
const SAID = { InProgress: "In progress", IN_PROGRESS: "In progress", COMPLETED: "Completed", FAILED: "Failed" };

function tone(status) {
  if (TONES[status]) return TONES[status];
  if (/FAILED|ROLLBACK_COMPLETE$/.test(status || "")) return "bad";
  if (/_IN_PROGRESS$/.test(status || "")) return "busy";
  return /_COMPLETE$/.test(status || "") ? "good" : "idle";
}

const said = (status) => SAID[status] || (/^[A-Z_]+$/.test(status) ? sentence(status) : status);
const sentence = (words) => words.charAt(0) + words.slice(1).toLowerCase().replaceAll("_", " ");
const state = (status, words) => h("span", { class: "state", "data-tone": tone(status) }, words || said(status || "Not run yet"));
const short = (id) => h("span", { class: "code soft", title: id }, (id || "").slice(0, 8));

// The server's clock counts, and a page may be open elsewhere.
let skew = 0;

function ago(iso) {
  const seconds = Math.max(0, Math.round((Date.now() + skew - Date.parse(iso)) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

const when = (iso, after = " ago") =>
  iso ? h("time", { datetime: iso, title: new Date(iso).toLocaleString(), class: "small soft" }, ago(iso) + after) : null;

// Only what is surely a page becomes a link.
function link(address, words) {
  if (!/^https?:\/\//i.test(address || "")) return address ? h("span", { class: "wrap" }, address) : null;
  return h("a", { href: address, target: "_blank", rel: "noreferrer noopener", class: "wrap" }, words || address);
}

const count = (number, one, many) => `${number} ${number === 1 ? one : many || one + "s"}`;
