"use strict";
// Fills the three columns from /start/events. Whatever comes from there becomes text, never markup.
(function () {
  const place = (id) => document.getElementById(id);

  function make(tag, className, ...children) {
    const node = document.createElement(tag);
    if (className) {
      node.className = className;
    }
    for (const child of children) {
      if (child !== null && child !== undefined) {
        node.append(child instanceof Node ? child : String(child)); // append() makes text nodes of strings
      }
    }
    return node;
  }

  function titled(node, title) {
    node.title = title;
    return node;
  }

  const chip = (text, tone) => make("span", "chip " + (tone || ""), text);
  const clock = (iso) => {
    const at = new Date(iso);
    return Number.isNaN(at.getTime()) ? "" : at.toLocaleTimeString("en-GB");
  };

  function spent(seconds) {
    const whole = Math.round(Number(seconds) || 0);
    return whole < 60 ? whole + " s" : Math.floor(whole / 60) + " min " + (whole % 60) + " s";
  }

  function outcome(row) {
    const chips = make("div", "chips");
    if (row.completion && row.completion !== "unknown") {
      chips.append(chip(row.completion, row.completion === "completed" ? "good" : ""));
    }
    if (row.success && row.success !== "unknown") {
      chips.append(chip(row.success, { passed: "good", failed: "bad" }[row.success]));
    }
    if (row.score !== null && row.score !== "" && row.score !== undefined) {
      chips.append(chip("score " + row.score));
    }
    if (row.seconds) {
      chips.append(chip(spent(row.seconds)));
    }
    return chips;
  }

  // Rows that were not there before light up once; the first filling does not.
  const seen = new Map();
  function fill(id, rows, keyOf, build, empty) {
    const before = seen.get(id);
    const keys = new Set();
    const nodes = rows.map((row) => {
      const node = build(row);
      const key = keyOf(row);
      keys.add(key);
      if (before && !before.has(key)) {
        node.classList.add("fresh");
      }
      return node;
    });
    seen.set(id, keys);
    place(id).replaceChildren(...(nodes.length ? nodes : [make("li", "none", empty)]));
  }

  function personCard(person) {
    const head = make("div", "head",
      make("span", "face", person.initials),
      make("div", "", make("bdi", "name who-text", person.name), make("bdi", "sub", person.id + " · " + person.email)));
    head.firstChild.setAttribute("aria-hidden", "true");
    const attempts = person.attempts.map((attempt) => make("div", "attempt",
      attempt.course + (attempt.number > 1 ? ", attempt " + attempt.number : ""), outcome(attempt)));
    return make("li", "card", head, ...attempts);
  }

  function resultCard(result) {
    return make("li", "card",
      make("bdi", "name who-text", result.name || result.learner),
      make("span", "sub", result.course + " · " + clock(result.at)),
      outcome(result));
  }

  function registrationCard(registration) {
    const head = make("div", "head",
      make("span", "face veiled"),
      make("div", "",
        make("bdi", "name veil-text", registration.name || "somebody"),
        titled(make("bdi", "code", registration.learner), registration.learner)));
    head.firstChild.setAttribute("aria-hidden", "true");
    const details = [...registration.answers, ...registration.comments.map((comment) => "“" + comment + "”")]
      .map((text) => make("bdi", "sub detail", text));
    return make("li", "card", head, make("div", "attempt", registration.course, outcome(registration), ...details));
  }

  function requestRow(request) {
    return make("li", "", make("span", "verb", request.method),
      titled(make("bdi", "path", request.path), request.path), make("span", "when", clock(request.at)));
  }

  function eventRow(event) {
    const inward = event.direction === "inward";
    const way = titled(make("span", inward ? "way inward" : "way", inward ? "←" : "→"), inward ? "to the platform" : "to the cloud");
    way.setAttribute("role", "img");
    way.setAttribute("aria-label", way.title);
    const verdict = make("div", "verdict");
    if (event.found > 0 && event.verdict !== "refused") {
      verdict.append(titled(chip(event.found + (inward ? " restored" : " veiled"), "count"), "identities replaced in this message"));
    }
    if (event.verdict !== "passed") {
      verdict.append(chip(event.verdict, event.verdict === "refused" ? "bad" : "warn"));
    }
    const facts = [clock(event.at), Number(event.ms).toFixed(1) + " ms", event.code].filter(Boolean).join(" · ");
    return titled(make("li", event.verdict, way,
      make("div", "", make("div", "route", event.route || "unknown route"), make("div", "facts", facts)), verdict),
    event.mount + " · exchange " + event.exchange);
  }

  let pending = null;
  const told = { proxy: null, cloud: null };
  // Screen readers hear a summary, at most every four seconds, instead of every row.
  function speakSoon() {
    if (pending !== null) {
      return;
    }
    pending = setTimeout(() => {
      pending = null;
      const totals = told.proxy ? told.proxy.totals : { messages: 0, pseudonymised: 0, refused: 0 };
      const held = told.cloud ? told.cloud.registrations.length : 0;
      place("spoken").textContent = totals.messages + " messages, " + totals.pseudonymised
        + " identities became pseudonyms, " + totals.refused + " refused. The cloud holds " + held + " registrations.";
    }, 4000);
  }

  const columns = {
    platform(view) {
      fill("people", view.people, (person) => person.id, personCard, "Nobody has an account yet.");
      fill("results", view.results, (result) => result.at + result.id, resultCard, "None yet. They arrive here with the real person.");
    },
    proxy(view) {
      told.proxy = view;
      place("total-pseudonymised").textContent = view.totals.pseudonymised;
      place("total-messages").textContent = view.totals.messages;
      place("total-refused").textContent = view.totals.refused;
      place("tile-refused").classList.toggle("alarm", view.totals.refused > 0);
      fill("events", view.recent, (event) => event.exchange + event.direction + event.at, eventRow,
        "Nothing has passed yet. Start a course, and every message shows up here as it is checked.");
    },
    cloud(view) {
      told.cloud = view;
      fill("registrations", view.registrations, (registration) => registration.id, registrationCard,
        "The cloud has not heard of anybody yet.");
      fill("requests", view.requests, (request) => request.at + request.path, requestRow, "None yet.");
    },
  };

  function live(state, text) {
    place("live").dataset.state = state;
    place("live-text").textContent = text;
  }

  const source = new EventSource("/start/events");
  source.addEventListener("open", () => live("live", "live"));
  source.addEventListener("error", () => live("waiting", "reconnecting"));
  for (const [name, show] of Object.entries(columns)) {
    source.addEventListener(name, (message) => { show(JSON.parse(message.data)); speakSoon(); });
  }
})();
