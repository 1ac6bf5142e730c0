"use strict";
// The SCORM 2004 data model (4th edition Run-Time Environment, section 4.2). A rule has `type` and `range` (predicates
// over the text written), `access` ("ro", "wo"; default both) and `initial`; without one the value is not initialized.
window.ScormModel = (function () {
  const T = window.ScormTypes;
  const number = { type: T.number };
  const scaled = { type: T.number, range: T.within(-1, 1) };
  const fraction = { type: T.number, range: T.within(0, 1) };
  const completion = { type: T.words("completed", "incomplete", "not attempted", "unknown"), initial: "unknown" };
  const success = { type: T.words("passed", "failed", "unknown"), initial: "unknown" };
  const result = (text) => ["correct", "incorrect", "unanticipated", "neutral"].includes(text) || T.number(text);
  const positive = { type: T.number, range: T.within(0, Infinity) };
  const children = (text) => ({ access: "ro", initial: text });
  const readOnly = { access: "ro" };
  const navigation = (text) => /^(continue|previous|exit|exitAll|abandon|abandonAll|suspendAll|_none_|\{target=[^}]+\}(choice|jump))$/.test(text);
  const rules = {
    "cmi._version": { access: "ro", initial: "1.0" },
    "cmi.comments_from_learner._children": children("comment,location,timestamp"),
    "cmi.comments_from_learner.n.comment": { type: T.string(4000) },
    "cmi.comments_from_learner.n.location": { type: T.string(250) },
    "cmi.comments_from_learner.n.timestamp": { type: T.moment },
    "cmi.comments_from_lms._children": children("comment,location,timestamp"),
    "cmi.comments_from_lms.n.comment": readOnly,
    "cmi.comments_from_lms.n.location": readOnly,
    "cmi.comments_from_lms.n.timestamp": readOnly,
    "cmi.completion_status": completion,
    "cmi.completion_threshold": readOnly,
    "cmi.credit": readOnly,
    "cmi.entry": readOnly,
    "cmi.exit": { access: "wo", type: T.words("time-out", "suspend", "logout", "normal", "") },
    "cmi.interactions._children": children("id,type,objectives,timestamp,correct_responses,weighting,learner_response,result,latency,description"),
    "cmi.interactions.n.id": { type: T.identifier },
    "cmi.interactions.n.type": { type: T.words("true-false", "choice", "fill-in", "long-fill-in", "matching", "performance", "sequencing", "likert", "numeric", "other") },
    "cmi.interactions.n.objectives.n.id": { type: T.identifier },
    "cmi.interactions.n.timestamp": { type: T.moment },
    "cmi.interactions.n.correct_responses.n.pattern": { type: T.string(7800) },
    "cmi.interactions.n.weighting": number,
    "cmi.interactions.n.learner_response": { type: T.string(7800) },
    "cmi.interactions.n.result": { type: result },
    "cmi.interactions.n.latency": { type: T.interval },
    "cmi.interactions.n.description": { type: T.string(250) },
    "cmi.launch_data": readOnly,
    "cmi.learner_id": readOnly,
    "cmi.learner_name": readOnly,
    "cmi.learner_preference._children": children("audio_level,language,delivery_speed,audio_captioning"),
    // Numbers, not text: Moodle hands these two out so, and a package has to live with it.
    "cmi.learner_preference.audio_level": { ...positive, initial: 1 },
    "cmi.learner_preference.language": { type: T.language, initial: "" },
    "cmi.learner_preference.delivery_speed": { ...positive, initial: "" },
    "cmi.learner_preference.audio_captioning": { type: T.words("-1", "0", "1"), initial: 0 },
    "cmi.location": { type: T.string(1000) },
    "cmi.max_time_allowed": readOnly,
    "cmi.mode": readOnly,
    "cmi.objectives._children": children("id,score,success_status,completion_status,progress_measure,description"),
    "cmi.objectives.n.id": { type: T.identifier },
    "cmi.objectives.n.score._children": children("scaled,raw,min,max"),
    "cmi.objectives.n.score.scaled": scaled,
    "cmi.objectives.n.score.raw": number,
    "cmi.objectives.n.score.min": number,
    "cmi.objectives.n.score.max": number,
    "cmi.objectives.n.success_status": success,
    "cmi.objectives.n.completion_status": completion,
    "cmi.objectives.n.progress_measure": fraction,
    "cmi.objectives.n.description": { type: T.string(250) },
    "cmi.progress_measure": fraction,
    "cmi.scaled_passing_score": readOnly,
    "cmi.score._children": children("scaled,raw,min,max"),
    "cmi.score.scaled": scaled,
    "cmi.score.raw": number,
    "cmi.score.min": number,
    "cmi.score.max": number,
    "cmi.session_time": { access: "wo", type: T.interval },
    "cmi.success_status": success,
    "cmi.suspend_data": { type: T.string(64000) },
    "cmi.time_limit_action": { access: "ro", initial: "continue,no message" },
    "cmi.total_time": readOnly,
    "adl.nav.request": { type: navigation, initial: "_none_" },
    "adl.nav.request_valid.continue": { access: "ro", initial: "unknown" },
    "adl.nav.request_valid.previous": { access: "ro", initial: "unknown" },
  };
  const code = {
    general: 101, argument: 201, getIndex: 301, setIndex: 351, undefinedElement: 401, noChildren: 301, noCount: 301,
    notInitialized: 403, keyword: 404, readOnly: 404, writeOnly: 405, type: 406, range: 407, dependency: 408,
    initialize: { running: 103, terminated: 104 },
    finish: { idle: 112, terminated: 113 }, get: { idle: 122, terminated: 123 },
    set: { idle: 132, terminated: 133 }, commit: { idle: 142, terminated: 143 },
    commitFailed: 391, finishFailed: 111,
  };
  const text = {
    0: "No Error", 101: "General Exception", 102: "General Initialization Failure", 103: "Already Initialized",
    104: "Content Instance Terminated", 111: "General Termination Failure", 112: "Termination Before Initialization",
    113: "Termination After Termination", 122: "Retrieve Data Before Initialization",
    123: "Retrieve Data After Termination", 132: "Store Data Before Initialization",
    133: "Store Data After Termination", 142: "Commit Before Initialization", 143: "Commit After Termination",
    201: "General Argument Error", 301: "General Get Failure", 351: "General Set Failure",
    391: "General Commit Failure", 401: "Undefined Data Model Element", 402: "Unimplemented Data Model Element",
    403: "Data Model Element Value Not Initialized", 404: "Data Model Element Is Read Only",
    405: "Data Model Element Is Write Only", 406: "Data Model Element Type Mismatch",
    407: "Data Model Element Value Out Of Range", 408: "Data Model Dependency Not Established",
  };
  // Parts of an objective or interaction ask for its id first, answers for the type as well (4.2.9, 4.2.17).
  function requires(rule) {
    if (/^cmi\.(objectives|interactions)\.n\.(?!id$)/.test(rule)) {
      return /^cmi\.interactions\.n\.(learner_response|correct_responses)/.test(rule) ? ["id", "type"] : ["id"];
    }
    return [];
  }
  return {
    apiName: "API_1484_11",
    calls: { initialize: "Initialize", finish: "Terminate", get: "GetValue", set: "SetValue", commit: "Commit", lastError: "GetLastError", errorString: "GetErrorString", diagnostic: "GetDiagnostic" },
    rules: rules,
    code: code,
    text: text,
    requires: requires,
    atFinish: () => ({}),
  };
})();
