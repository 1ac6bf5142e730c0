// The run-time a course talks to: SCORM 1.2 (API) or SCORM 2004 (API_1484_11), and the commit document.
var Runtime = function (config, hooks) {
  'use strict';
  var state = {
    completion: config.runtime.completion, success: config.runtime.success,
    scaled: config.runtime.score === null ? '' : String(config.runtime.score / 100),
    raw: config.runtime.score === null ? '' : String(config.runtime.score), min: '', max: '',
    location: config.runtime.location, suspend: config.runtime.suspend_data,
    exit: '', session: '', progress: '', language: config.runtime.language, audio: '1', speed: '1', captions: '0',
    comments: config.runtime.comments.map(function (one) {
      return { comment: one.text, location: one.location, timestamp: one.at };
    }),
    interactions: config.runtime.interactions.map(function (one) {
      return {
        id: one.id, type: one.type, description: one.description, learner_response: one.response,
        result: one.result, correct: one.correct
      };
    })
  };
  var began = Date.now();
  var error = '0';
  var phase = 'new';
  var trace = [];

  function text(name) {
    return { get: function () { return state[name]; }, set: function (value) { state[name] = value; } };
  }
  function fixed(value) { return { get: function () { return value; } }; }
  function sink(name) { return { set: function (value) { state[name] = value; } }; }
  function clock(hundredths, v2004) {
    var hours = Math.floor(hundredths / 360000), minutes = Math.floor(hundredths / 6000) % 60;
    var seconds = ((hundredths % 6000) / 100).toFixed(2);
    if (v2004) { return 'PT' + hours + 'H' + minutes + 'M' + seconds + 'S'; }
    return [String(hours).padStart(4, '0'), String(minutes).padStart(2, '0'), seconds.padStart(5, '0')].join(':');
  }

  var entry = config.resumed ? 'resume' : config.hundredths ? '' : 'ab-initio';
  var FIELDS_2004 = {
    'cmi._version': fixed('1.0'), 'cmi.learner_id': fixed(config.learnerId), 'cmi.learner_name': fixed(config.learnerName),
    'cmi.entry': fixed(entry), 'cmi.mode': fixed('normal'), 'cmi.credit': fixed('credit'),
    'cmi.total_time': fixed(clock(config.hundredths, true)), 'cmi.completion_status': text('completion'),
    'cmi.success_status': text('success'), 'cmi.score.scaled': text('scaled'), 'cmi.score.raw': text('raw'),
    'cmi.score.min': text('min'), 'cmi.score.max': text('max'), 'cmi.location': text('location'),
    'cmi.suspend_data': text('suspend'), 'cmi.exit': sink('exit'), 'cmi.session_time': sink('session'),
    'cmi.progress_measure': text('progress'), 'cmi.learner_preference.language': text('language'),
    'cmi.learner_preference.audio_level': text('audio'), 'cmi.learner_preference.delivery_speed': text('speed'),
    'cmi.learner_preference.audio_captioning': text('captions'), 'adl.nav.request': sink('nav')
  };
  var FIELDS_12 = {
    'cmi.core.student_id': fixed(config.learnerId), 'cmi.core.student_name': fixed(config.learnerName),
    'cmi.core.entry': fixed(entry), 'cmi.core.lesson_mode': fixed('normal'), 'cmi.core.credit': fixed('credit'),
    'cmi.core.total_time': fixed(clock(config.hundredths, false)), 'cmi.core.lesson_location': text('location'),
    'cmi.suspend_data': text('suspend'), 'cmi.core.exit': sink('exit'), 'cmi.core.session_time': sink('session'),
    'cmi.core.score.min': text('min'), 'cmi.core.score.max': text('max'), 'cmi.launch_data': fixed(''),
    'cmi.student_preference.language': text('language'),
    'cmi.core.score.raw': { get: function () { return state.raw; }, set: function (value) {
      state.raw = value;
      state.scaled = value === '' ? '' : String(Number(value) / Number(state.max || 100));
    } },
    'cmi.core.lesson_status': {
      get: function () {
        if (state.success === 'passed' || state.success === 'failed') { return state.success; }
        return state.completion === 'unknown' ? 'not attempted' : state.completion;
      },
      set: function (value) {
        if (value === 'passed' || value === 'failed') { state.success = value; state.completion = 'completed'; }
        else { state.completion = value; }
      }
    },
    'cmi.comments': {
      get: function () { return state.comments.map(function (one) { return one.comment; }).join(''); },
      set: function (value) { state.comments.push({ comment: value, location: state.location, timestamp: '' }); }
    }
  };
  var RENAMED_12 = { student_response: 'learner_response', time: 'timestamp' };
  var is2004 = config.standard === 'SCORM2004';
  var fields = is2004 ? FIELDS_2004 : FIELDS_12;

  // cmi.interactions.0.learner_response, cmi.comments_from_learner.0.comment, …_count, …correct_responses.0.pattern
  function item(name, make) {
    var parts = name.match(/^cmi\.(interactions|comments_from_learner)\.(_count|\d+)(?:\.(.+))?$/);
    if (!parts) { return null; }
    var list = parts[1] === 'interactions' ? state.interactions : state.comments;
    if (parts[2] === '_count') { return { get: function () { return list.length; } }; }
    var index = Number(parts[2]);
    if (make && index === list.length) { list.push({ correct: [] }); }
    if (index >= list.length) { return null; }
    var one = list[index];
    var pattern = (parts[3] || '').match(/^correct_responses\.(\d+)\.pattern$/);
    if (pattern) {
      return { get: function () { return one.correct[pattern[1]]; }, set: function (value) { one.correct[pattern[1]] = value; } };
    }
    var key = RENAMED_12[parts[3]] || parts[3];
    return { get: function () { return one[key] || ''; }, set: function (value) { one[key] = value; } };
  }

  function note(call, answer) {
    trace.push({ at: Date.now() - began, call: call, answer: answer });
    return answer;
  }

  function get(name) {
    var field = fields[name] || item(name, false);
    error = phase !== 'running' ? '122' : !field ? '401' : !field.get ? '405' : '0';
    return note("GetValue('" + name + "')", error === '0' ? String(field.get()) : '');
  }

  function set(name, value) {
    var field = fields[name] || item(name, true);
    error = phase !== 'running' ? '132' : !field ? '401' : !field.set ? '404' : '0';
    if (error === '0') { field.set(String(value)); }
    return note("SetValue('" + name + "', '" + value + "')", error === '0' ? 'true' : 'false');
  }

  function initialize() {
    error = phase === 'new' ? '0' : '103';
    if (phase === 'new') { phase = 'running'; }
    return note('Initialize', error === '0' ? 'true' : 'false');
  }

  function commit() {
    error = phase === 'running' ? '0' : '142';
    if (error === '0') { hooks.commit(); }
    return note('Commit', error === '0' ? 'true' : 'false');
  }

  function terminate() {
    error = phase === 'running' ? '0' : '112';
    if (error !== '0') { return 'false'; }
    phase = 'over';
    note('Terminate', 'true');
    hooks.terminate();
    return 'true';
  }

  function xml(value) {
    return String(value === undefined ? '' : value).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')
      .replace(/[&<>"\n\r\t]/g, function (sign) { return '&#' + sign.charCodeAt(0) + ';'; });
  }
  function element(name, attributes, inner) {
    var given = Object.keys(attributes).map(function (key) { return ' ' + key + '="' + xml(attributes[key]) + '"'; }).join('');
    return '<' + name + given + (inner ? '>' + inner + '</' + name + '>' : '/>');
  }
  var COMPLETION = { unknown: 1, completed: 2, incomplete: 3, 'not attempted': 4 };
  var SUCCESS = { unknown: 1, passed: 2, failed: 3 };

  function hundredths() { return Math.round((Date.now() - began) / 10); }

  function document_() {
    var known = state.scaled !== '';
    var inner = state.comments.map(function (one, index) {
      return element('ARTC', { AI: 1, I: index, FL: 'false', C: one.comment, L: '', Lo: one.location, TU: one.timestamp });
    }).concat(state.interactions.map(function (one, index) {
      var correct = (one.correct || []).map(function (value) { return element('CR', { V: value }); }).join('');
      return element('ARTI', { AI: 1, I: index, Id: one.id, T: one.type, TU: one.timestamp, W: one.weighting, R: one.result,
        L: one.latency, D: one.description, LR: one.learner_response }, correct);
    })).join('');
    var attempt = element('ART', { AI: 1, CS: COMPLETION[state.completion] || 1, C: 1, E: entry, Ex: state.exit, L: state.location,
      M: 1, PM: state.progress, SR: state.raw, SM: state.max, SMi: state.min, SS: state.scaled, SuS: SUCCESS[state.success] || 1,
      SD: state.suspend, TT: config.hundredths, TTT: config.hundredths + hundredths(), AL: state.audio, LP: state.language,
      DS: state.speed, AC: state.captions }, inner);
    return '<?xml version="1.0"?>' + element('RTD', { RI: config.registrationId, SAI: state.exit === 'suspend' ? 'item_1' : '',
      LH: '', TR: 'true' }, element('A', { II: 'item_1', AEDT: hundredths() }, attempt) +
      element('RTL', { trackingEnabled: 'true', browser: navigator.userAgent }) +
      element('RS', { SS: state.success, CS: completionWord(), MS: known ? 1 : 0, NM: known ? state.scaled : '0', ED: hundredths() }));
  }

  // The same picture as a tree, in words like those of the cloud's API.
  function tree() {
    return {
      registrationId: config.registrationId,
      activities: [{ activityId: 'item_1', runtime: {
        location: state.location, suspendData: state.suspend, exit: state.exit, language: state.language,
        comments: state.comments, interactions: state.interactions.map(function (one) {
          return { id: one.id, type: one.type, description: one.description, learnerResponse: one.learner_response,
            result: one.result, correct: one.correct || [] };
        })
      } }],
      rollup: { completion: completionWord(), success: state.success, scaled: state.scaled },
      hundredths: hundredths(),
      browser: navigator.userAgent
    };
  }

  function completionWord() {
    return state.completion === 'completed' ? 'complete' : state.completion === 'unknown' ? 'unknown' : 'incomplete';
  }

  function debugDocument() {
    return '<?xml version="1.0"?>' + element('DebugLog', { RI: config.registrationId }, trace.splice(0).map(function (one) {
      return element('Entry', { t: one.at, call: one.call, answer: one.answer });
    }).join(''));
  }

  var common = {
    2004: { Initialize: initialize, Terminate: terminate, GetValue: get, SetValue: set, Commit: commit,
      GetLastError: function () { return error; }, GetErrorString: function (code) { return 'Error ' + code; },
      GetDiagnostic: function (code) { return String(code); } },
    12: { LMSInitialize: initialize, LMSFinish: terminate, LMSGetValue: get, LMSSetValue: set, LMSCommit: commit,
      LMSGetLastError: function () { return error; }, LMSGetErrorString: function (code) { return 'Error ' + code; },
      LMSGetDiagnostic: function (code) { return String(code); } }
  };

  return {
    api: common[is2004 ? 2004 : 12],
    apiName: is2004 ? 'API_1484_11' : 'API',
    document: document_,
    tree: tree,
    debugDocument: debugDocument,
    running: function () { return phase === 'running'; },
    summary: function () {
      return [completionWord() === 'complete' ? 'completed' : completionWord(), state.success,
        state.scaled === '' ? 'unknown' : Math.round(Number(state.scaled) * 10000) / 100, hundredths()];
    }
  };
};
