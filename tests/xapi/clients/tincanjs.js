// TinCanJS (npm `tincanjs`), unmodified: what published content is made with. Every call of its record store object.
"use strict";
const TinCan = require("tincanjs");
const { given, note, finish } = require("./kit.js");

TinCan.DEBUG = false;
const lrs = new TinCan.LRS({
  endpoint: given.endpoint,
  username: given.login[0],
  password: given.login[1],
  version: "1.0.2",
  allowFail: false,
});
const activity = new TinCan.Activity({ id: given.course });
const agent = new TinCan.Agent(given.learner);
const etags = {};

/** Make a call that ends in a callback; `body` reads what it gave. */
function call(work, body) {
  return () =>
    new Promise((resolve, reject) => {
      work((err, result) => {
        if (err !== null) {
          const xhr = result || {};
          reject({ response: { status: typeof err === "number" ? err : 0, data: xhr.responseText || String(err) } });
        } else {
          resolve({ status: 200, body: body ? body(result) : null });
        }
      });
    });
}

const said = (result) => ({ statements: result.statements.map((one) => JSON.parse(one.originalJSON)), more: result.more });
const one = (result) => JSON.parse(result.originalJSON);
const documented = (name) => (result) => {
  if (result === null) return null;
  etags[name] = result.etag;
  return { id: result.id, contents: result.contents, etag: result.etag, type: result.contentType };
};

async function statements() {
  const all = given.statements.map((each) => new TinCan.Statement(each));
  await note("save one", call((done) => lrs.saveStatement(all[0], { callback: done })));
  await note("save it again", call((done) => lrs.saveStatement(all[0], { callback: done })));
  await note("save many", call((done) => lrs.saveStatements(all.slice(1), { callback: done })));
  const handed = new TinCan.Statement({ ...given.statements[1], id: given.ids.attached });
  handed.attachments = given.texts.map(
    (_text, number) =>
      new TinCan.Attachment({
        usageType: "http://id.tincanapi.com/attachment/supporting_media",
        display: { en: `part ${number}` },
        contentType: "text/plain",
      }),
  );
  handed.attachments.forEach((each, number) => each.setContentFromString(given.texts[number]));
  await note("save with attachments", call((done) => lrs.saveStatement(handed, { callback: done })));
  const parts = (result) => [result.asVersion("1.0.2"), ...result.attachments.map((each) => each.getContentAsString())];
  await note(
    "get with attachments",
    call((done) => lrs.retrieveStatement(given.ids.attached, { params: { attachments: true }, callback: done }), parts),
  );
  await note("get one", call((done) => lrs.retrieveStatement(given.statements[4].id, { callback: done }), one));
  const voiding = new TinCan.Statement({
    id: given.ids.voiding,
    actor: given.learner,
    verb: { id: "http://adlnet.gov/expapi/verbs/voided" },
    object: { objectType: "StatementRef", id: given.statements[3].id },
  });
  await note("void", call((done) => lrs.saveStatement(voiding, { callback: done })));
  await note("get voided", call((done) => lrs.retrieveVoidedStatement(given.statements[3].id, { callback: done }), one));
  await note("get it as if not", call((done) => lrs.retrieveStatement(given.statements[3].id, { callback: done }), one));
  const filters = {
    agent: { agent: new TinCan.Agent(given.filter), related_agents: true },
    verb: { verb: "http://adlnet.gov/expapi/verbs/voided" },
    activity: { activity: given.course, related_activities: true },
    registration: { registration: given.registration, ascending: true },
    period: { since: "2026-01-01T00:00:00Z", until: "2999-01-01T00:00:00Z" },
    ids: { format: "ids", limit: 2 },
  };
  for (const [name, params] of Object.entries(filters)) {
    await note(`find by ${name}`, call((done) => lrs.queryStatements({ params, callback: done }), said));
  }
  const page = await note("two", call((done) => lrs.queryStatements({ params: { limit: 2 }, callback: done }), said));
  await note("more", call((done) => lrs.moreStatements({ url: page.more, callback: done }), said));
}

async function documents() {
  const state = { activity, agent, registration: given.registration, contentType: "application/json" };
  const get = (key) => call((done) => lrs.retrieveState(key, { ...state, callback: done }), documented("state"));
  await note("save state", call((done) => lrs.saveState("bookmark", { page: 7 }, { ...state, callback: done })));
  await note("get state", get("bookmark"));
  const merge = { ...state, method: "POST", lastSHA1: etags.state };
  await note("merge state", call((done) => lrs.saveState("bookmark", { done: true }, { ...merge, callback: done })));
  await note("merge it unseen", call((done) => lrs.saveState("bookmark", { page: 9 }, { ...merge, callback: done })));
  await note("get state merged", get("bookmark"));
  const ids = (result) => result.sort();
  await note("state ids", call((done) => lrs.retrieveStateIds({ ...state, callback: done }), ids));
  await note("drop state", call((done) => lrs.dropState("bookmark", { ...state, callback: done })));
  await note("get nothing", get("bookmark"));
  await note("drop all states", call((done) => lrs.dropState(null, { ...state, callback: done })));
  await about("agent", { agent }, lrs.retrieveAgentProfile, lrs.saveAgentProfile, lrs.dropAgentProfile);
  await about("activity", { activity }, lrs.retrieveActivityProfile, lrs.saveActivityProfile, lrs.dropActivityProfile);
  await note("agent profile ids", call((done) => lrs.retrieveAgentProfileIds({ agent, callback: done }), ids));
  await note("activity profile ids", call((done) => lrs.retrieveActivityProfileIds({ activity, callback: done }), ids));
  const definition = (result) => ({ id: result.id, name: result.definition && result.definition.name });
  await note("get activity", call((done) => lrs.retrieveActivity(given.course, { callback: done }), definition));
  await note("about", call((done) => lrs.about({ callback: done }), (result) => result.version));
}

/** A profile, saved as new, again unseen, and again as seen. */
async function about(name, whose, retrieve, save, drop) {
  const settings = { ...whose, contentType: "application/json" };
  const fresh = { ...settings, requestHeaders: { "If-None-Match": "*" } };
  const get = call((done) => retrieve.call(lrs, "kept", { ...whose, callback: done }), documented(name));
  await note(`save ${name} profile`, call((done) => save.call(lrs, "kept", { a: 1 }, { ...fresh, callback: done })));
  await note(`save ${name} profile twice`, call((done) => save.call(lrs, "kept", { a: 2 }, { ...fresh, callback: done })));
  await note(`get ${name} profile`, get);
  const seen = { ...settings, lastSHA1: etags[name] };
  await note(`save ${name} profile seen`, call((done) => save.call(lrs, "kept", { a: 3 }, { ...seen, callback: done })));
  await note(`get ${name} profile again`, get);
  await note(`drop ${name} profile`, call((done) => drop.call(lrs, "kept", { ...whose, callback: done })));
}

statements().then(documents).then(finish);
