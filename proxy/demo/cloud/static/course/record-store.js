// A record store as a course sees it: one address, one credential, one learner (xAPI 1.0.3).
var RecordStore = function (endpoint, authorization, actor) {
  'use strict';
  var base = endpoint.replace(/\/?$/, '/');

  function ask(method, resource, parameters, body, headers) {
    var query = new URLSearchParams(parameters || {}).toString();
    var fields = Object.assign({ 'X-Experience-API-Version': '1.0.3', Authorization: authorization }, headers || {});
    if (body !== undefined) { fields['Content-Type'] = fields['Content-Type'] || 'application/json'; }
    return fetch(base + resource + (query ? '?' + query : ''), { method: method, headers: fields, body: body })
      .then(function (answer) {
        if (answer.ok || answer.status === 404) { return answer; }
        throw new Error(resource + ' was answered with ' + answer.status);
      });
  }

  function json(answer) { return answer.status === 404 ? null : answer.json(); }

  return {
    ask: ask,
    send: function (statements) { return ask('POST', 'statements', {}, JSON.stringify(statements)); },
    find: function (parameters) { return ask('GET', 'statements', parameters).then(json); },
    state: function (activity, registration, name) {
      return ask('GET', 'activities/state', {
        activityId: activity, agent: JSON.stringify(actor), registration: registration, stateId: name
      }).then(json);
    },
    remember: function (activity, registration, name, value) {
      return ask('PUT', 'activities/state', {
        activityId: activity, agent: JSON.stringify(actor), registration: registration, stateId: name
      }, JSON.stringify(value));
    },
    profile: function (name) {
      return ask('GET', 'agents/profile', { agent: JSON.stringify(actor), profileId: name }).then(json);
    }
  };
};

// What the two courses have in common: one question, one line of free text, two ways to leave.
var Lesson = (function () {
  'use strict';
  var over = false;
  function element(id) { return document.getElementById(id); }
  function choice() {
    var chosen = document.querySelector('input[name=q1]:checked');
    return chosen ? chosen.value : '';
  }
  function text() { return element('q2').value.trim(); }

  return {
    element: element,
    answers: function () { return { q1: choice(), q2: text() }; },
    score: function () { return (choice() === 'a' ? 0.7 : 0) + (text() ? 0.3 : 0); },
    problem: function (error) {
      element('problem').textContent = error.message;
      element('problem').hidden = false;
      document.body.dataset.problem = error.message;
    },
    resume: function (kept) {
      if (!kept) { return; }
      var chosen = kept.q1 && element('q1-' + kept.q1);
      if (chosen) { chosen.checked = true; }
      element('resumed').hidden = false;
    },
    ready: function (name, suspend, finish) {
      function once(action) { return function () { if (!over) { over = true; action(); } }; }
      element('learner-id').textContent = name;
      element('suspend').onclick = once(suspend);
      element('finish').onclick = once(finish);
      document.body.dataset.ready = 'true';
    },
    done: function (words, address) {
      document.querySelector('main').hidden = true;
      element('done').hidden = false;
      element('result').textContent = words;
      document.body.dataset.done = 'true';
      if (address) { window.location.replace(address); }
    },
    statement: function (actor, verb, object, more) {
      return Object.assign({
        id: crypto.randomUUID(), actor: actor, timestamp: new Date().toISOString(),
        verb: { id: 'http://adlnet.gov/expapi/verbs/' + verb, display: { en: verb } }, object: object
      }, more);
    },
    question: {
      objectType: 'Activity', id: 'http://cloud.example/courses/foghorns/log',
      definition: {
        name: { en: 'The log' }, type: 'http://adlnet.gov/expapi/activities/cmi.interaction', interactionType: 'fill-in'
      }
    },
    elapsed: (function () {
      var began = Date.now();
      return function () { return 'PT' + ((Date.now() - began) / 1000).toFixed(2) + 'S'; };
    })()
  };
})();
