// @xapi/xapi (npm), unmodified: every call that it has, with the version that is asked for.
"use strict";
const XAPI = require("@xapi/xapi").default || require("@xapi/xapi");
const { given, note, finish } = require("./kit.js");

const xapi = new XAPI({
  endpoint: given.endpoint,
  auth: XAPI.toBasicAuth(given.login[0], given.login[1]),
  version: given.version,
  adapter: given.adapter,
});
const agent = given.learner;
const activityId = given.course;

/** Status and body of an answer. */
const said = async (promise) => {
  const answer = await promise;
  return { status: answer.status, body: answer.data };
};
/** Of a document also its tag, which the next request needs. */
const documented = async (promise) => {
  const answer = await promise;
  const etag = answer.headers.get ? answer.headers.get("etag") : answer.headers.etag;
  return { status: answer.status, body: { data: answer.data, etag: etag || null } };
};
const bytes = (text) => Uint8Array.from(Buffer.from(text)).buffer;

async function statements() {
  const all = given.statements;
  await note("send one", () => said(xapi.sendStatement({ statement: all[0] })));
  await note("send it again", () => said(xapi.sendStatement({ statement: all[0] })));
  await note("send many", () => said(xapi.sendStatements({ statements: all.slice(1) })));
  const attachments = given.texts.map((text, number) => ({
    usageType: "http://id.tincanapi.com/attachment/supporting_media",
    display: { en: `part ${number}` },
    contentType: "text/plain",
    length: Buffer.from(text).length,
    sha2: require("crypto").createHash("sha256").update(text).digest("hex"),
  }));
  const attached = { ...all[1], id: given.ids.attached, attachments };
  await note("send with attachments", () =>
    said(xapi.sendStatement({ statement: attached, attachments: given.texts.map(bytes) })),
  );
  await note("get with attachments", () => said(xapi.getStatement({ statementId: given.ids.attached, attachments: true })));
  await note("get one", () => said(xapi.getStatement({ statementId: all[4].id })));
  await note("void", () => said(xapi.voidStatement({ actor: agent, statementId: all[3].id })));
  await note("get voided", () => said(xapi.getVoidedStatement({ voidedStatementId: all[3].id })));
  await note("get it as if not", () => said(xapi.getStatement({ statementId: all[3].id })));
  const filters = {
    agent: { agent: given.filter, related_agents: true },
    verb: { verb: "http://adlnet.gov/expapi/verbs/voided" },
    activity: { activity: activityId, related_activities: true },
    registration: { registration: given.registration, ascending: true },
    period: { since: "2026-01-01T00:00:00Z", until: "2999-01-01T00:00:00Z" },
    ids: { format: "ids", limit: 2 },
  };
  for (const [name, params] of Object.entries(filters)) {
    await note(`find by ${name}`, () => said(xapi.getStatements(params)));
  }
  await note("find with attachments", () => said(xapi.getStatements({ registration: given.registration, attachments: true })));
  const page = await note("two", () => said(xapi.getStatements({ limit: 2 })));
  await note("more", () => said(xapi.getMoreStatements({ more: page.more })));
}

async function documents() {
  const where = { agent, activityId, stateId: "bookmark", registration: given.registration };
  await note("create state", () => said(xapi.createState({ ...where, state: { page: 7 } })));
  const kept = await note("get state", () => documented(xapi.getState(where)));
  const seen = { etag: kept && kept.etag, matchHeader: "If-Match" };
  await note("set state seen", () => said(xapi.setState({ ...where, state: { page: 8 }, ...seen })));
  await note("set state unseen", () => said(xapi.setState({ ...where, state: { page: 9 }, ...seen })));
  await note("get states", () => said(xapi.getStates({ agent, activityId, registration: given.registration })));
  await note("delete state", () => said(xapi.deleteState(where)));
  await note("get no state", () => said(xapi.getState(where)));
  await note("delete states", () => said(xapi.deleteStates({ agent, activityId, registration: given.registration })));
  await profiles("Agent", { agent });
  await profiles("Activity", { activityId });
  await note("agent", () => said(xapi.getAgent({ agent })));
  await note("activity", () => said(xapi.getActivity({ activityId })));
  await note("about", () => said(xapi.getAbout()));
}

/** A profile, created, set as seen and unseen, listed, deleted. */
async function profiles(name, whose) {
  const where = { ...whose, profileId: "kept" };
  const none = { etag: "*", matchHeader: "If-None-Match" };
  await note(`set ${name} profile`, () => said(xapi[`set${name}Profile`]({ ...where, profile: { a: 1 }, ...none })));
  await note(`set ${name} profile twice`, () => said(xapi[`set${name}Profile`]({ ...where, profile: { a: 2 }, ...none })));
  const kept = await note(`get ${name} profile`, () => documented(xapi[`get${name}Profile`](where)));
  const seen = { etag: kept && kept.etag, matchHeader: "If-Match" };
  await note(`set ${name} profile seen`, () => said(xapi[`set${name}Profile`]({ ...where, profile: { a: 3 }, ...seen })));
  await note(`set ${name} profile unseen`, () => said(xapi[`set${name}Profile`]({ ...where, profile: { a: 4 }, ...seen })));
  await note(`list ${name} profiles`, () => said(xapi[`get${name}Profiles`](whose)));
  await note(`delete ${name} profile`, () => said(xapi[`delete${name}Profile`]({ ...where })));
}

statements().then(documents).then(finish);
