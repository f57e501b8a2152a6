// Reads the state while somebody looks, draws it, and carries orders.

const BASE = "/_rehearsal/";
const EVERY = 1000;
const TOKEN = document.querySelector("meta[name=token]").content;
const place = (id) => document.getElementById(id);
const mine = { busy: new Set(), problems: new Map(), targets: new Map(), logs: new Map() };
let seen = null;
let tag = null;
let told = null;

function draw() {
  if (!seen) return;
  const facts = seen.cloud;
  const words = [facts.endpoint, facts.region, `account ${facts.account}`, `${facts.engine} engine`, facts.permissions ? "permissions enforced" : "permissions not enforced"];
  morph(place("cloud"), h("p", { id: "cloud" }, words.map((word) => h("span", {}, word))));
  morph(place("main"), h("main", { id: "main", tabindex: "-1" }, trouble(seen), approvals(seen, mine),
    section("Pipelines", pipelines(seen, mine), "No pipeline yet. It appears here as soon as one is created."),
    section("Load balancers", h("div", { class: "pair" }, balancers(seen)), "None yet.", seen.balancers.length),
    section("Target groups", h("div", { class: "pair" }, targetGroups(seen)), "None yet.", seen.groups.length),
    section("Services", h("div", { class: "pair" }, services(seen)), "None yet.", seen.services.length),
    section("Stacks", stacks(seen), "None yet."),
    section("Events", events(seen), "Nothing has happened yet."),
    section("Logs", logs(seen, mine), "No log group yet.")));
}

function section(title, inside, otherwise, amount) {
  const empty = amount === 0 || !inside || inside.length === 0;
  return h("section", { "data-key": title, "aria-label": title }, h("h2", {}, title), empty ? h("p", { class: "none" }, otherwise) : inside);
}

const trouble = ({ trouble: list }) => list.length > 0 && h("section", { class: "card trouble", "data-key": "trouble", role: "alert" },
  h("h3", {}, "Something went wrong in the rehearsal itself"), list.map((one) => h("p", { class: "wrap small" }, one)));

function announce() {
  const waiting = approvals(seen, mine).length;
  document.title = waiting ? `(${waiting}) Rehearsal` : "Rehearsal";
  const now = new Map(seen.pipelines.flatMap((pipeline) => pipeline.stages.map((stage) => {
    const asks = stage.actions.some((action) => action.approval);
    return [`${pipeline.name}, ${stage.name}`, asks ? "waits for your approval" : said(stage.status || "").toLowerCase()];
  })));
  const news = [...now].filter(([name, words]) => told && words && told.get(name) !== words).map(([name, words]) => `${name}: ${words}.`);
  if (news.length) place("news").textContent = news.join(" ");
  told = now;
}

function linked(live) {
  const link = place("link");
  if (link.dataset.state === (live ? "live" : "lost")) return;
  link.dataset.state = live ? "live" : "lost";
  link.textContent = live ? "Live" : "Not reachable: it has ended, or is starting again";
}

async function look() {
  try {
    const answer = await fetch(BASE + "page.json", { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
    skew = Date.parse(answer.headers.get("Date")) - Date.now() || 0;
    if (answer.status !== 304 && !answer.ok) throw new Error(`status ${answer.status}`);
    if (answer.ok) {
      tag = answer.headers.get("ETag");
      seen = await answer.json();
      announce();
    }
    linked(true);
    await Promise.all([...document.querySelectorAll("details[data-log][open]")].map((one) => readLog(one.dataset.log)));
  } catch (error) {
    console.warn(error);
    linked(false);
  }
  draw();
}

async function ask(path, query) {
  try {
    const answer = await fetch(`${BASE}${path}?${new URLSearchParams(query)}`);
    return await answer.json();
  } catch (error) {
    return { error: `No answer: ${error.message}` };
  }
}

async function readLog(group) {
  const said = await ask("page/log", { group });
  const pane = document.querySelector(`details[data-log=${CSS.escape(group)}] pre`);
  const atEnd = !pane || pane.scrollHeight - pane.scrollTop - pane.clientHeight < 4;
  mine.logs.set(group, said.lines || [{ time: Date.now(), text: said.error }]);
  draw();
  const drawn = document.querySelector(`details[data-log=${CSS.escape(group)}] pre`);
  if (drawn && atEnd) drawn.scrollTop = drawn.scrollHeight;
}

async function order(kind, key, facts) {
  if (mine.busy.has(key)) return;
  mine.busy.add(key);
  mine.problems.delete(key);
  draw();
  try {
    const headers = { "Content-Type": "application/json", "X-Rehearsal-Token": TOKEN };
    const answer = await fetch(`${BASE}page/${kind}`, { method: "POST", headers, body: JSON.stringify(facts) });
    if (!answer.ok) mine.problems.set(key, (await answer.json()).error);
    else mine.targets.delete(key);
  } catch (error) {
    mine.problems.set(key, `The order did not arrive: ${error.message}`);
  }
  mine.busy.delete(key);
  await look();
}

async function offer(key, { pipeline, stage }) {
  if (mine.targets.delete(key)) return draw();
  const said = await ask("page/targets", { pipeline, stage });
  if (said.targets) mine.targets.set(key, said.targets);
  else mine.problems.set(key, said.error);
  return draw();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  event.preventDefault();
  const { order: kind, ui, ...facts } = form.dataset;
  const given = Object.fromEntries(new FormData(form));
  const status = event.submitter && event.submitter.dataset.status ? { status: event.submitter.dataset.status } : {};
  order(kind, ui, { ...facts, ...given, ...status });
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-do]");
  if (!button) return;
  const { do: kind, ui, ...facts } = button.dataset;
  if (kind === "targets") offer(ui, facts);
  else order(kind, ui, facts);
});

document.addEventListener("toggle", (event) => {
  if (event.target.dataset && event.target.dataset.log && event.target.open) readLog(event.target.dataset.log);
}, true);

document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });

async function keepLooking() {
  if (!document.hidden) await look();
  setTimeout(keepLooking, EVERY);
}

keepLooking();
