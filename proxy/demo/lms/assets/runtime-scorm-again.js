"use strict";
// The library scorm-again as run-time, on the same end point. It is loaded from outside; this file only wires it.
(function (player) {
  const second = player.boot.standard === "SCORM2004";
  const found = player.boot.elements;

  // The library posts its whole picture, with empty strings for what was never set and objects for empty arrays.
  const sent = new Set();
  function changes(picture) {
    const differs = ([name, value]) => typeof value !== "object"
      && (sent.has(name) || String(value) !== String(found[name] === undefined ? "" : found[name]));
    const changed = Object.entries(picture).filter(differs);
    changed.forEach(([name]) => sent.add(name));
    return Object.fromEntries(changed);
  }

  // Its extension point for transport. The library's own would end an attempt by beacon, without waiting for the LMS.
  const transport = {
    processHttpRequest: (url, picture) => {
      const taken = player.commit(changes(picture));
      return { result: taken ? "true" : "false", errorCode: taken ? 0 : 101 };
    },
    updateSettings: () => undefined,
  };

  const settings = {
    lmsCommitUrl: "/datamodel",
    dataCommitFormat: "flattened",
    sendFullCommit: true,
    autocommit: false,
    autoCompleteLessonStatus: true,
    mastery_override: false,
    logLevel: 5,
    httpService: transport,
  };
  const api = second ? new window.Scorm2004API(settings) : new window.Scorm12API(settings);
  api.loadFromFlattenedJSON(found, "");
  api.on(second ? "Terminate" : "LMSFinish", player.finished);
  window[second ? "API_1484_11" : "API"] = api;
})(window.SandboxPlayer);
