"use strict";
// Data types of the SCORM data models, as predicates over strings (SCORM 1.2 RTE 3.4.1; SCORM 2004 RTE 4.1.1).
window.ScormTypes = (function () {
  const characters = (text) => [...text].length;
  const number = (text) => /^-?\d+(\.\d+)?$/.test(text);
  const within = (low, high) => (text) => Number(text) >= low && Number(text) <= high;
  const pattern = (expression) => (text) => expression.test(text);
  return {
    string: (limit) => (text) => characters(text) <= limit,
    words: (...allowed) => (text) => allowed.includes(text),
    number: number,
    within: within,
    blankOr: (check) => (text) => text === "" || check(text),
    both: (one, other) => (text) => one(text) && other(text),
    identifier12: pattern(/^[\u0021-\u007e]{1,255}$/),
    identifier: (text) => /^\S{1,4000}$/.test(text),
    clock: pattern(/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,2})?$/),
    timespan: pattern(/^\d{2,4}:\d{2}:\d{2}(\.\d{1,2})?$/),
    interval: pattern(/^P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{1,2})?S)?)?$/),
    moment: pattern(/^(19[7-9]\d|20[0-3]\d)(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3])(:[0-5]\d(:[0-5]\d(\.\d{1,2}(Z|[+-]\d\d(:?\d\d)?)?)?)?)?)?)?)?$/),
    language: pattern(/^([A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*)?$/),
  };
})();
