"use strict";
// The SCORM 1.2 data model (Run-Time Environment, section 3.4). A rule has `type` (predicate over the text written),
// `access` ("ro", "wo"; default both) and `initial`.
window.ScormModel = (function () {
  const T = window.ScormTypes;
  const percent = T.blankOr(T.both(T.number, T.within(0, 100)));
  const result = (text) => ["correct", "wrong", "unanticipated", "neutral"].includes(text) || T.number(text);
  const status = T.words("passed", "completed", "failed", "incomplete", "browsed", "not attempted");
  const children = (text) => ({ access: "ro", initial: text });
  const rules = {
    "cmi._version": { access: "ro", initial: "3.4" },
    "cmi.core._children": children("student_id,student_name,lesson_location,credit,lesson_status,entry,score,total_time,lesson_mode,exit,session_time"),
    "cmi.core.student_id": { access: "ro" },
    "cmi.core.student_name": { access: "ro" },
    "cmi.core.lesson_location": { type: T.string(255), initial: "" },
    "cmi.core.credit": { access: "ro" },
    "cmi.core.lesson_status": { type: T.words("passed", "completed", "failed", "incomplete", "browsed"), initial: "not attempted" },
    "cmi.core.entry": { access: "ro" },
    "cmi.core.score._children": children("raw,min,max"),
    "cmi.core.score.raw": { type: percent, initial: "" },
    "cmi.core.score.min": { type: percent, initial: "" },
    "cmi.core.score.max": { type: percent, initial: "" },
    "cmi.core.total_time": { access: "ro" },
    "cmi.core.lesson_mode": { access: "ro" },
    "cmi.core.exit": { access: "wo", type: T.words("time-out", "suspend", "logout", "") },
    "cmi.core.session_time": { access: "wo", type: T.timespan },
    "cmi.suspend_data": { type: T.string(4096), initial: "" },
    "cmi.launch_data": { access: "ro", initial: "" },
    "cmi.comments": { type: T.string(4096), initial: "" },
    "cmi.comments_from_lms": { access: "ro", initial: "" },
    "cmi.objectives._children": children("id,score,status"),
    "cmi.objectives.n.id": { type: T.identifier12 },
    "cmi.objectives.n.score._children": children("raw,min,max"),
    "cmi.objectives.n.score.raw": { type: percent, initial: "" },
    "cmi.objectives.n.score.min": { type: percent, initial: "" },
    "cmi.objectives.n.score.max": { type: percent, initial: "" },
    "cmi.objectives.n.status": { type: status, initial: "not attempted" },
    "cmi.student_data._children": children("mastery_score,max_time_allowed,time_limit_action"),
    "cmi.student_data.mastery_score": { access: "ro", initial: "" },
    "cmi.student_data.max_time_allowed": { access: "ro", initial: "" },
    "cmi.student_data.time_limit_action": { access: "ro", initial: "" },
    "cmi.student_preference._children": children("audio,language,speed,text"),
    "cmi.student_preference.audio": { type: T.both(T.number, T.within(-1, 100)), initial: "0" },
    "cmi.student_preference.language": { type: T.string(255), initial: "" },
    "cmi.student_preference.speed": { type: T.both(T.number, T.within(-100, 100)), initial: "0" },
    "cmi.student_preference.text": { type: T.words("-1", "0", "1"), initial: "0" },
    "cmi.interactions._children": children("id,objectives,time,type,correct_responses,weighting,student_response,result,latency"),
    "cmi.interactions.n.id": { access: "wo", type: T.identifier12 },
    "cmi.interactions.n.objectives.n.id": { access: "wo", type: T.identifier12 },
    "cmi.interactions.n.time": { access: "wo", type: T.clock },
    "cmi.interactions.n.type": { access: "wo", type: T.words("true-false", "choice", "fill-in", "matching", "performance", "sequencing", "likert", "numeric") },
    "cmi.interactions.n.correct_responses.n.pattern": { access: "wo", type: T.string(255) },
    "cmi.interactions.n.weighting": { access: "wo", type: T.number },
    "cmi.interactions.n.student_response": { access: "wo", type: T.string(255) },
    "cmi.interactions.n.result": { access: "wo", type: result },
    "cmi.interactions.n.latency": { access: "wo", type: T.timespan },
  };
  const code = {
    general: 101, argument: 201, index: 201, undefinedElement: 201, noChildren: 202, noCount: 203, notRunning: 301,
    keyword: 402, readOnly: 403, writeOnly: 404, type: 405, range: 405,
    initialize: { running: 101, terminated: 101 },
    finish: { idle: 301, terminated: 301 }, get: { idle: 301, terminated: 301 },
    set: { idle: 301, terminated: 301 }, commit: { idle: 301, terminated: 301 },
    commitFailed: 101, finishFailed: 101,
  };
  const text = {
    0: "No error", 101: "General exception", 201: "Invalid argument error", 202: "Element cannot have children",
    203: "Element not an array. Cannot have count", 301: "Not initialized", 401: "Not implemented error",
    402: "Invalid set value, element is a keyword", 403: "Element is read only", 404: "Element is write only",
    405: "Incorrect data type",
  };
  return {
    apiName: "API",
    calls: { initialize: "LMSInitialize", finish: "LMSFinish", get: "LMSGetValue", set: "LMSSetValue", commit: "LMSCommit", lastError: "LMSGetLastError", errorString: "LMSGetErrorString", diagnostic: "LMSGetDiagnostic" },
    rules: rules,
    code: code,
    text: text,
    requires: () => [],
    // An attempt that never set a status counts as completed when it ends (RTE 3.4.2, cmi.core.lesson_status).
    atFinish: (value) => (value("cmi.core.lesson_status") === "not attempted" ? { "cmi.core.lesson_status": "completed" } : {}),
  };
})();
