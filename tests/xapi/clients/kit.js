// What the Node clients share: the story on standard input, every call's outcome as JSON on standard output.
"use strict";
const fs = require("fs");

const given = JSON.parse(fs.readFileSync(0, "utf-8"));
const told = [];

/** Keep what a call said: [name, status, answer]. `call` returns {status, body} or throws what has a status. */
async function note(name, call) {
  try {
    const { status, body } = await call();
    told.push([name, status, body === undefined ? null : body]);
    return body;
  } catch (error) {
    const answer = error.response || {};
    told.push([name, answer.status || error.status || 0, answer.data === undefined ? String(error.message || error) : answer.data]);
    return null;
  }
}

/** Print everything. */
function finish() {
  process.stdout.write(JSON.stringify(told));
}

module.exports = { given, note, finish };
