"use strict";
// The run-time behind both API objects: states, error codes, values, commits. What differs between the standards is
// in the model (runtime-scorm12.js, runtime-scorm2004.js).
(function (player, model) {
  const code = model.code;
  const values = new Map(Object.entries(player.boot.elements));
  const changed = new Map();
  let state = "idle"; // idle, running, terminated
  let last = 0;

  const answer = (error, value) => { last = error; return value; };
  const asRule = (name) => name.replace(/\.(0|[1-9]\d*)(?=\.|$)/g, ".n");
  const known = (prefix) => Object.keys(model.rules).some((rule) => rule.startsWith(prefix));

  function count(array) {
    const start = array + ".";
    let found = 0;
    for (const name of values.keys()) {
      if (name.startsWith(start)) {
        found = Math.max(found, Number(name.slice(start.length).split(".")[0]) + 1);
      }
    }
    return found;
  }

  // Every index in a name must exist already, or (when writing) be the next one.
  function indexesFit(name, writing) {
    const parts = name.split(".");
    return parts.every((part, at) => {
      if (!/^\d+$/.test(part)) {
        return true;
      }
      const length = count(parts.slice(0, at).join("."));
      return Number(part) < length || (writing && Number(part) === length);
    });
  }

  function unknownElement(name, rule) {
    const parent = rule.slice(0, rule.lastIndexOf("."));
    if (name.endsWith("._children") && (model.rules[parent] || known(parent + "."))) {
      return code.noChildren;
    }
    if (name.endsWith("._count") && (model.rules[parent] || known(parent + "."))) {
      return code.noCount;
    }
    return code.undefinedElement;
  }

  const isArrayCount = (name, rule) => name.endsWith("._count") && known(rule.slice(0, -"_count".length) + "n.");

  function valueOf(name) {
    const stored = values.get(name);
    return stored === undefined ? (model.rules[asRule(name)] || {}).initial : stored;
  }

  function get(name) {
    name = String(name);
    if (state !== "running") {
      return answer(code.get[state], "");
    }
    const ruleName = asRule(name);
    if (isArrayCount(name, ruleName)) {
      return answer(0, String(count(name.slice(0, -"._count".length))));
    }
    const rule = model.rules[ruleName];
    if (name === "" || !rule) {
      return answer(name === "" && code.getIndex ? code.getIndex : unknownElement(name, ruleName), "");
    }
    if (rule.access === "wo") {
      return answer(code.writeOnly, "");
    }
    if (!indexesFit(name, false)) {
      return answer(code.getIndex || code.index, "");
    }
    const value = valueOf(name);
    return value === undefined ? answer(code.notInitialized || 0, "") : answer(0, value);
  }

  function refusalOf(name, ruleName, rule, value) {
    if (isArrayCount(name, ruleName) || (rule && /\._(children|version)$/.test(name))) {
      return code.keyword;
    }
    if (name === "" || !rule) {
      return name === "" && code.setIndex ? code.setIndex : unknownElement(name, ruleName);
    }
    if (rule.access === "ro") {
      return code.readOnly;
    }
    if (!indexesFit(name, true)) {
      return code.setIndex || code.index;
    }
    const parent = name.split(".").slice(0, 3).join(".");
    if (model.requires(ruleName).some((part) => !values.has(parent + "." + part))) {
      return code.dependency;
    }
    if (!rule.type(value)) {
      return code.type;
    }
    return rule.range && !rule.range(value) ? code.range : 0;
  }

  function set(name, value) {
    name = String(name);
    value = String(value);
    if (state !== "running") {
      return answer(code.set[state], "false");
    }
    const ruleName = asRule(name);
    const refusal = refusalOf(name, ruleName, model.rules[ruleName], value);
    if (refusal) {
      return answer(refusal, "false");
    }
    values.set(name, value);
    changed.set(name, value);
    return answer(0, "true");
  }

  // Only what changed travels; it stays marked as changed until the LMS has taken it.
  function flush() {
    if (changed.size === 0) {
      return true;
    }
    const taken = player.commit(Object.fromEntries(changed));
    if (taken) {
      changed.clear();
    }
    return taken;
  }

  function initialize(argument) {
    if (argument !== "") {
      return answer(code.argument, "false");
    }
    if (state !== "idle") {
      return answer(code.initialize[state], "false");
    }
    state = "running";
    return answer(0, "true");
  }

  function commit(argument) {
    if (argument !== "") {
      return answer(code.argument, "false");
    }
    if (state !== "running") {
      return answer(code.commit[state], "false");
    }
    return flush() ? answer(0, "true") : answer(code.commitFailed, "false");
  }

  function finish(argument) {
    if (argument !== "") {
      return answer(code.argument, "false");
    }
    if (state !== "running") {
      return answer(code.finish[state], "false");
    }
    for (const [name, value] of Object.entries(model.atFinish(valueOf))) {
      values.set(name, value);
      changed.set(name, value);
    }
    if (!flush()) {
      return answer(code.finishFailed, "false"); // still running, so that the course can try again
    }
    state = "terminated";
    player.finished();
    return answer(0, "true");
  }

  const textOf = (error) => model.text[String(error)] || "";
  const calls = model.calls;
  window[model.apiName] = {
    [calls.initialize]: initialize,
    [calls.finish]: finish,
    [calls.get]: get,
    [calls.set]: set,
    [calls.commit]: commit,
    [calls.lastError]: () => String(last),
    [calls.errorString]: textOf,
    [calls.diagnostic]: (error) => textOf(error === "" || error === undefined ? last : error),
  };

  // A page that is left without a finish keeps what the course had set.
  window.addEventListener("pagehide", () => { if (state === "running") { flush(); } });
})(window.SandboxPlayer, window.ScormModel);
