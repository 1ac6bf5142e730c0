"use strict";
// The library scorm-again as run-time, on the same end point. It is loaded from outside; this file only wires it.
(function (player) {
  const second = player.boot.standard === "SCORM2004";
  const settings = {
    lmsCommitUrl: "/datamodel",
    dataCommitFormat: "flattened",
    sendFullCommit: true,
    autocommit: false,
    autoCompleteLessonStatus: true,
    alwaysSendTotalTime: false,
    mastery_override: false,
    logLevel: 5,
    requestHandler: (elements) => player.envelope(elements.runtimeData || elements),
    xhrResponseHandler: (request) => ({ result: request.status === 200, errorCode: request.status === 200 ? 0 : 101 }),
  };
  const api = second ? new window.Scorm2004API(settings) : new window.Scorm12API(settings);
  api.loadFromFlattenedJSON(player.boot.elements, "");
  api.on(second ? "Terminate" : "LMSFinish", player.finished);
  window[second ? "API_1484_11" : "API"] = api;
})(window.SandboxPlayer);
