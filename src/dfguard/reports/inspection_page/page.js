"use strict";
(() => {
  const data = JSON.parse(document.getElementById("steps").textContent);
  const picks = Array.from(document.querySelectorAll(".pick"));
  const blocks = new Map(picks.map((pick) => [Number(pick.dataset.step), pick.closest(".ins")]));
  const by = (id) => document.getElementById(id);
  const views = { title: by("step-title"), said: by("said"), text: by("step-text"), files: by("step-files"), vars: by("step-vars") };
  const MOST_ROWS = 400;
  let current = 0;

  const make = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const counted = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;

  /* Everything that the steps of the stages below and of this one did, up to and with the chosen one. */
  const before = (step) => {
    const stage = data.stages[step.stage];
    const own = data.steps.filter((other) => other.stage === step.stage && other.order <= step.order);
    if (stage.parent === null || !data.stages[stage.parent]) return own;
    const last = data.steps.filter((other) => other.stage === stage.parent).pop();
    return last ? before(last).concat(own) : own;
  };

  const state = (step) => {
    const files = new Map();
    const variables = new Map(data.stages[step.stage].inherited.map((row) => [row[0], { row }]));
    for (const done of before(step)) {
      const isNow = done === step;
      for (const [path, kind, file, size, why] of done.changes) {
        if (isNow) files.set(path, { kind: file, size, change: kind, why });
        else if (kind === "removed" || kind === "discarded") files.delete(path);
        else files.set(path, { kind: file, size, change: kind === "maybe" ? "maybe" : "", why });
      }
      for (const row of done.variables) {
        if (!row[4] || done.stage === step.stage) variables.set(row[0], { row, isNow, isSet: true });
      }
    }
    return { files, variables };
  };

  const nest = (files) => {
    const root = { children: new Map() };
    for (const path of Array.from(files.keys()).sort()) {
      let at = root;
      for (const name of path.split("/").filter(Boolean)) {
        if (!at.children.has(name)) at.children.set(name, { children: new Map() });
        at = at.children.get(name);
      }
      at.entry = files.get(path);
    }
    return root;
  };

  const drawNode = (name, node, prefix) => {
    while (!node.entry && node.children.size === 1) {
      const [inner, child] = node.children.entries().next().value;
      name += "/" + inner;
      node = child;
    }
    const item = make("li", node.entry ? { added: "added", removed: "gone", discarded: "gone" }[node.entry.change] || "" : "");
    const leaf = make("div", "leaf");
    const isFolder = node.children.size > 0 || (node.entry && node.entry.kind === "directory");
    leaf.append(make("span", node.entry ? "name" : "name through", prefix + name + (isFolder ? "/" : "")));
    if (node.entry) {
      if (node.entry.size) leaf.append(make("span", "size", node.entry.size));
      if (node.entry.change) leaf.append(make("span", "mark " + node.entry.change, node.entry.change));
      if (node.entry.why && node.entry.change) leaf.append(make("span", "why", node.entry.why));
    }
    item.append(leaf);
    if (node.children.size) item.append(drawList(node, ""));
    return item;
  };
  const drawList = (node, prefix) => {
    const list = make("ul");
    for (const [name, child] of node.children) list.append(drawNode(name, child, prefix));
    return list;
  };

  const showFiles = (files, cut) => {
    let shown = files;
    let left = cut;
    if (files.size > MOST_ROWS) {
      const rows = Array.from(files).sort((a, b) => (b[1].change ? 1 : 0) - (a[1].change ? 1 : 0));
      shown = new Map(rows.slice(0, MOST_ROWS));
      left += files.size - MOST_ROWS;
    }
    const tree = drawList(nest(shown), "/");
    tree.className = "tree";
    views.files.replaceChildren(files.size ? tree : make("p", "quiet", "The build has written nothing so far."));
    if (left) views.files.append(make("p", "quiet small", `${counted(left, "path")} not shown`));
  };

  const cell = (name, className, text, scope) => {
    const element = make(name, className, text);
    element.scope = scope;
    return element;
  };
  const drawTable = (rows) => {
    const table = make("table", "vars");
    const heads = make("tr");
    for (const text of ["Variable", "Value"]) heads.append(cell("th", "", text, "col"));
    const head = make("thead");
    head.append(heads);
    const body = make("tbody");
    for (const { row, isNow } of rows) {
      const [name, text, isKnown, where, isArgument] = row;
      const line = make("tr", isNow ? "new" : "");
      const value = make("td");
      value.append(make("span", isKnown ? "" : "unknown-value", text));
      if (where) value.append(make("span", "by", where + (isNow ? ", set here" : "")));
      line.append(cell("th", "", name + (isArgument ? " (ARG)" : ""), "row"), value);
      body.append(line);
    }
    table.append(head, body);
    return table;
  };
  let isOpen = false;
  const showVariables = (variables) => {
    const every = Array.from(variables.values());
    const own = every.filter((item) => item.isSet).sort((a, b) => Number(!!b.isNow) - Number(!!a.isNow));
    const inherited = every.filter((item) => !item.isSet);
    views.vars.replaceChildren(own.length ? drawTable(own) : make("p", "quiet", "None of its own."));
    if (!inherited.length) return;
    const fold = make("details");
    fold.open = isOpen;
    fold.addEventListener("toggle", () => { isOpen = fold.open; });
    fold.append(make("summary", "", `${inherited.length} of the base image`), drawTable(inherited));
    views.vars.append(fold);
  };

  const sentence = (step) => {
    const parts = [];
    for (const kind of ["added", "changed", "removed", "discarded", "maybe"]) {
      const number = step.changes.filter((change) => change[1] === kind).length;
      if (number) parts.push(`${counted(number, "path")} ${kind === "maybe" ? "perhaps there" : kind}`);
    }
    if (step.variables.length) parts.push(`${counted(step.variables.length, "variable")} set`);
    return parts.join(", ") || "nothing changes that is known";
  };

  const choose = (index, moves) => {
    current = Math.max(0, Math.min(index, data.steps.length - 1));
    const step = data.steps[current];
    for (const pick of picks) {
      const isChosen = Number(pick.dataset.step) === step.shown;
      pick.tabIndex = isChosen ? 0 : -1;
      pick.closest(".ins").classList.toggle("chosen", isChosen);
      if (isChosen) pick.setAttribute("aria-current", "step");
      else pick.removeAttribute("aria-current");
    }
    const block = blocks.get(step.shown);
    if (block && moves) {
      block.querySelector(".pick").focus({ preventScroll: true });
      block.scrollIntoView({ block: "nearest" });
    }
    const stage = data.stages[step.stage];
    const link = make("a", "", `line ${step.line}`);
    link.href = `#line-${step.line}`;
    views.title.replaceChildren("After ", link);
    views.said.textContent = `Step ${current + 1} of ${data.steps.length}, stage ${stage.name}: ${sentence(step)}.`;
    views.text.textContent = step.text;
    by("step-user").textContent = step.user;
    by("step-workdir").textContent = step.workdir;
    by("previous").setAttribute("aria-disabled", String(current === 0));
    by("next").setAttribute("aria-disabled", String(current === data.steps.length - 1));
    const { files, variables } = state(step);
    showFiles(files, step.cut);
    showVariables(variables);
    const unknowns = by("step-unknowns");
    unknowns.replaceChildren(
      ...step.faults.map((text) => make("li", "fault", text)),
      ...step.unknowns.map((text) => make("li", "", text)),
    );
    unknowns.hidden = !unknowns.children.length;
  };

  const keys = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  by("lines").addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !event.target.classList.contains("pick")) return;
    let next = null;
    if (event.key in keys) next = current + keys[event.key];
    else if (event.key === "Home") next = 0;
    else if (event.key === "End") next = data.steps.length - 1;
    if (next === null) return;
    event.preventDefault();
    choose(next, true);
  });
  by("lines").addEventListener("click", (event) => {
    const block = event.target.closest(".ins");
    if (!block || String(window.getSelection())) return;
    const shown = Number(block.querySelector(".pick").dataset.step);
    choose(data.steps.findIndex((step) => step.shown === shown), false);
  });
  by("previous").addEventListener("click", () => choose(current - 1, false));
  by("next").addEventListener("click", () => choose(current + 1, false));
  if (data.steps.length) {
    by("state").hidden = false;
    choose(data.first, false);
  }
})();
