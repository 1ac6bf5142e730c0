// @xapi/cmi5 (npm), unmodified: an assignable unit from its launch to its end, as cmi5 (Quartz, 1st edition) has it.
"use strict";
const path = require("path");
const { given, note, finish } = require("./kit.js");

globalThis.XMLHttpRequest = require("xhr2"); // the package is made for browsers
const Cmi5 = require(path.resolve(require.resolve("@xapi/xapi"), "../../../cmi5/dist/Cmi5.umd.js"));

const unit = new Cmi5(given.launch);
const said = async (promise) => {
  const answer = await promise;
  return { status: answer.status, body: answer.data };
};

async function play() {
  await note("initialize", async () => {
    const answer = await unit.initialize();
    return { status: answer ? answer.status : 200, body: answer ? answer.data : null };
  });
  await note("launch data", async () => ({ status: 200, body: unit.getLaunchData() }));
  await note("learner preferences", async () => ({ status: 200, body: unit.getLearnerPreferences() }));
  await note("progress", () => said(unit.progress(50)));
  await note("true or false", () => said(unit.interactionTrueFalse("test", "q1", true, true, { en: "Is it?" })));
  await note("fill in", () => said(unit.interactionLongFillIn("test", "q2", [given.answer], [], { en: "Who are you?" })));
  await note("pass", () => said(unit.pass(0.9)));
  await note("complete", () => said(unit.complete()));
  await note("terminate", () => said(unit.terminate()));
  await note("all of it", () => said(unit.xapi.getStatements({ registration: given.launch.registration, ascending: true })));
}

play().then(finish);
