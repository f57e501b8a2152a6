// The sections of the page, each a picture of its part of the state.

function approvals(seen, mine) {
  const open = seen.pipelines.flatMap((pipeline) => pipeline.stages.flatMap((stage) =>
    stage.actions.filter((action) => action.approval).map((action) => ({ pipeline, stage, action }))));
  return open.map(({ pipeline, stage, action }) => {
    const { text, link: address } = action.approval;
    const key = `approval ${action.token}`;
    const busy = mine.busy.has(key);
    const facts = { "data-pipeline": pipeline.name, "data-stage": stage.name, "data-action": action.name, "data-token": action.token };
    const answer = (status, words, kind) =>
      h("button", { type: "submit", class: kind, value: status, name: "status", "data-status": status, "aria-disabled": busy ? "true" : null }, words);
    return h("section", { class: "card approval", "data-key": key, "aria-label": `${action.name} waits for your approval` },
      h("div", { class: "row" },
        h("h3", { class: "grow wrap" }, `${pipeline.name} › ${stage.name} › ${action.name}`), state("Waiting", "Waiting for approval"), when(action.since, "")),
      text && h("p", { class: "words" }, text),
      address && h("p", {}, link(address, `Open ${address}`)),
      h("form", { "data-order": "approval", "data-ui": key, ...facts },
        h("label", {}, "Comment (optional)", h("input", { name: "comment", maxlength: 512, autocomplete: "off" })),
        answer("Approved", "Approve", "main"), answer("Rejected", "Reject", "no")),
      problem(mine, key));
  });
}

const problem = (mine, key) => h("p", { class: "problem", role: "alert" }, mine.problems.get(key));

function pipelines(seen, mine) {
  return seen.pipelines.map((pipeline) => {
    const executions = new Map(pipeline.executions.map((one) => [one.id, one]));
    return h("article", { class: "card", "data-key": `pipeline ${pipeline.name}` },
      h("h3", {}, pipeline.name),
      h("ol", { class: "stages" }, pipeline.stages.map((stage) => stageView(pipeline, stage, executions, mine))),
      history(pipeline));
  });
}

function stageView(pipeline, stage, executions, mine) {
  const waits = stage.actions.some((action) => action.approval);
  const status = waits ? "Waiting" : stage.status;
  const execution = executions.get(stage.execution);
  return h("li", { class: "stage", "data-tone": tone(status), "data-key": stage.name },
    h("div", { class: "row" }, h("h4", { class: "grow" }, stage.name), state(status, waits ? "Waiting for approval" : null)),
    stage.execution && h("p", { class: "note small" }, short(stage.execution), " ", execution && about(execution)),
    stage.waiting.length > 0 && h("p", { class: "note small" }, `${count(stage.waiting.length, "execution")} waiting to enter`),
    stage.closed !== null && h("p", { class: "note small" }, `Entry disabled${stage.closed ? `: ${stage.closed}` : ""}`),
    h("ol", { class: "actions" }, stage.actions.map(actionView)),
    ways(pipeline, stage, mine));
}

function actionView(action) {
  const status = action.approval ? "Waiting" : action.status;
  // Who rejects gives a reason, which is no error of the action's.
  const wrong = action.error || (status === "Failed" && action.summary);
  return h("li", { class: "action", "data-key": action.name },
    h("div", { class: "row" },
      h("span", { class: "grow" },
        h("span", { class: "state", "data-tone": tone(status), title: said(status || "Not run yet") }, h("span", { class: "unseen" }, said(status || "Not run yet"))),
        action.name, " ", h("span", { class: "soft small" }, action.provider)),
      when(action.since, "")),
    wrong && h("p", { class: "problem" }, wrong),
    action.summary && !wrong && h("p", { class: "note" }, action.summary),
    action.link && h("p", { class: "note" }, link(action.link)));
}

const about = (execution) => (execution.back_to
  ? `back to ${execution.back_to.slice(0, 8)}`
  : execution.revisions.map((one) => one.text || (one.id || "").slice(0, 8)).filter(Boolean).slice(0, 1).join(""));

function ways(pipeline, stage, mine) {
  if (!stage.execution) return null;
  const key = `${pipeline.name} ${stage.name}`;
  const facts = { "data-pipeline": pipeline.name, "data-stage": stage.name, "data-ui": key };
  const found = mine.targets.get(key);
  const busy = mine.busy.has(key) ? "true" : null;
  const first = pipeline.stages[0].name === stage.name;
  return h("footer", {},
    stage.status === "Failed" && h("button", { type: "button", class: "plain", "data-do": "retry", "data-execution": stage.execution, "aria-disabled": busy, ...facts }, "Retry failed actions"),
    !first && h("button", { type: "button", class: "plain", "data-do": "targets", "aria-expanded": found ? "true" : "false", "aria-label": `Roll back ${stage.name}`, ...facts }, "Roll back"),
    found && goBack(found, busy, facts, stage.execution),
    problem(mine, key));
}

function goBack(found, busy, facts, current) {
  const earlier = found.filter((one) => one.id !== current);
  if (earlier.length === 0) return h("p", { class: "note small" }, "No earlier execution succeeded in this stage.");
  const words = (one) => [one.id.slice(0, 8), about(one), `${ago(one.started)} ago`].filter(Boolean).join(" · ");
  return h("form", { "data-order": "rollback", ...facts },
    h("label", { class: "small soft" }, "Back to execution",
      h("select", { name: "execution" }, earlier.map((one) => h("option", { value: one.id, "data-key": one.id }, words(one))))),
    h("div", {}, h("button", { type: "submit", "aria-disabled": busy }, "Roll back")));
}

function history(pipeline) {
  if (pipeline.executions.length === 0) return h("p", { class: "none small" }, "Nothing has run yet.");
  return h("details", { class: "history", "data-key": "history" },
    h("summary", {}, count(pipeline.executions.length, "execution")),
    table(`Executions of ${pipeline.name}`, ["Execution", "State", "Brought", "Started by", "Started"], pipeline.executions.map((one) => ({
      key: one.id, cells: [short(one.id), state(one.status), about(one) || one.summary, one.trigger, when(one.started)],
    }))));
}

function table(caption, heads, rows) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {}, h("caption", { class: "unseen" }, caption),
      h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, rows.map((row) => h("tr", { "data-key": row.key }, row.cells.map((cell) => h("td", {}, cell)))))));
}

function balancers(seen) {
  const groups = new Map(seen.groups.map((group) => [group.name, group]));
  return seen.balancers.map((one) => h("article", { class: "card", "data-key": one.name },
    h("h3", { class: "wrap" }, one.name),
    one.listeners.length === 0 && h("p", { class: "none small" }, "No listener yet."),
    one.listeners.map((listener) => h("section", { "data-key": `${listener.port}`, "aria-label": `${one.name}, port ${listener.port}` },
      h("p", { class: "row listener" }, h("strong", {}, `${listener.protocol} ${listener.port}`),
        listener.url ? link(listener.url) : null, listener.note && h("span", { class: "note small" }, listener.note)),
      table(`Rules of port ${listener.port}`, ["Rule", "When", "Then"], listener.rules.map((rule) => ({
        key: rule.priority, cells: [rule.priority, rule.when.join(" and ") || "always", rule.then.map((part) => outcome(part, groups))],
      })))))));
}

function outcome(part, groups) {
  if (part.text) return h("div", {}, part.text);
  const targets = (groups.get(part.group) || { targets: [] }).targets;
  const fit = targets.filter((one) => one.state === "healthy").length;
  return h("div", { class: "row", "data-key": part.group },
    h("span", { class: "share" }, h("meter", { min: 0, max: 100, value: part.share, "aria-label": "Share of requests" }, `${part.share} %`), `${part.share} %`),
    h("span", { class: "wrap" }, part.group), h("span", { class: "small soft" }, `${fit} of ${targets.length} healthy`));
}

const targetGroups = (seen) => seen.groups.map((group) => h("article", { class: "card", "data-key": group.name },
  h("div", { class: "row" }, h("h3", { class: "grow wrap" }, group.name),
    h("span", { class: "small soft" }, group.used ? `checks ${group.check || "connections"}` : "not behind a load balancer")),
  group.targets.length === 0
    ? h("p", { class: "none small" }, "No targets.")
    : table(`Targets of ${group.name}`, ["Address", "Health", ""], group.targets.map((one) => ({
      key: one.address, cells: [h("code", {}, one.address), state(one.state, one.state), h("span", { class: "note small" }, one.reason)],
    })))));

const services = (seen) => seen.services.map((one) => h("article", { class: "card", "data-key": `${one.cluster} ${one.name}` },
  h("div", { class: "row" }, h("h3", { class: "grow wrap" }, one.name),
    h("span", { class: "small soft" }, `${one.running} of ${one.desired} running${one.pending ? `, ${one.pending} pending` : ""}`)),
  h("p", { class: "small soft wrap" }, `in ${one.cluster}`),
  one.deployments.map((each) => h("div", { class: "row deployment", "data-key": each.id },
    state(each.rollout || each.status), h("span", { class: "wrap" }, each.definition),
    h("span", { class: "small soft" }, `${sentence(each.status)}, ${each.running} of ${each.desired}${each.failed ? `, ${each.failed} failed` : ""}`),
    each.rollout === "FAILED" && h("p", { class: "problem" }, each.reason))),
  one.tasks.length > 0 && table(`Tasks of ${one.name}`, ["Task", "State", "Image", "Address", "Started"], one.tasks.map((task) => ({
    key: task.id,
    cells: [short(task.id), state(task.status), h("span", { class: "wrap" }, task.images.join(", ")), h("code", {}, task.address || ""), when(task.started)],
  }))),
  one.events.length > 0 && h("details", { "data-key": "events" }, h("summary", {}, "What the service says"),
    h("ul", { class: "events" }, one.events.map((each) => h("li", {}, when(each.time), h("span", { class: "wrap" }, each.text)))))));

const stacks = (seen) => seen.stacks.length > 0 && h("div", { class: "card" },
  table("Stacks", ["Stack", "State", "Changed"], seen.stacks.map((one) => ({
    key: one.name, cells: [h("span", { class: "wrap" }, one.name, one.nested && h("span", { class: "small soft" }, " nested")),
      [state(one.status, sentence(one.status)), one.reason && h("div", { class: "note small" }, one.reason)], when(one.changed)],
  }))));

const events = (seen) => seen.events.length > 0 && h("details", { class: "card", "data-key": "events", open: true },
  h("summary", {}, `The last ${count(seen.events.length, "event")}`),
  h("ul", { class: "events" }, seen.events.map((one) => h("li", { "data-key": one.id }, when(one.time),
    h("details", {}, h("summary", {}, h("span", { class: "gist" }, gist(one)), " ", one.kind),
      h("pre", { tabindex: "0" }, JSON.stringify({ source: one.source, resources: one.resources, detail: one.detail }, null, 2)))))));

const GIST = ["pipeline", "stage", "action", "state", "project-name", "build-status", "group", "lastStatus", "eventName", "repository-name", "image-tag", "reason"];

function gist({ detail, source }) {
  const stack = detail["stack-id"] ? [detail["stack-id"].split("/")[1], (detail["status-details"] || {}).status] : [];
  const told = [...stack, ...GIST.map((name) => detail[name])].filter((value) => typeof value === "string");
  return told.slice(0, 4).join(" · ") || source;
}

const logs = (seen, mine) => seen.logs.length > 0 && h("div", { class: "card" }, seen.logs.map(({ name }) =>
  h("details", { class: "log", "data-key": name, "data-log": name }, h("summary", {}, name),
    mine.logs.has(name) && h("pre", { tabindex: "0", "aria-label": `Last lines of ${name}` }, logText(mine.logs.get(name))))));

const logText = (lines) => (lines.length === 0
  ? "No lines yet."
  : lines.map((line) => `${new Date(line.time).toLocaleTimeString()}  ${line.text}`).join("\n"));
