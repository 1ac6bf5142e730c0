// A course of two pages. It knows nothing of dispatches: it finds a SCORM run-time above itself and uses it.
(function () {
  'use strict';
  var api = null;
  var is2004 = true;
  var page = 1;
  var over = false;
  var sent = '';
  var told = {};
  var places = {};

  function find() {
    for (var place = window, depth = 0; depth < 10; depth += 1, place = place.parent) {
      try {
        if (place.API_1484_11) { return [place.API_1484_11, true]; }
        if (place.API) { return [place.API, false]; }
      } catch (blocked) { /* a page of another site */ }
      if (place === place.parent) { break; }
    }
    return [null, true];
  }

  function get(v2004, v12) { return is2004 ? api.GetValue(v2004) : api.LMSGetValue(v12); }
  function set(v2004, v12, value) {
    if (is2004 && v2004) { api.SetValue(v2004, String(value)); }
    if (!is2004 && v12) { api.LMSSetValue(v12, String(value)); }
  }
  function commit() { if (is2004) { api.Commit(''); } else { api.LMSCommit(''); } }
  function element(id) { return document.getElementById(id); }
  function choice() {
    var chosen = document.querySelector('input[name=q1]:checked');
    return chosen ? chosen.value : '';
  }

  function show(number) {
    page = number;
    element('page-1').hidden = page !== 1;
    element('page-2').hidden = page !== 2;
    element('back').hidden = page === 1;
    element('next').hidden = page === 2;
    element('bookmark').dataset.page = String(page);
    element('bookmark').querySelector('b').textContent = String(page);
  }

  // Free text stays out of the bookmark: it has its own places.
  function remember() {
    set('cmi.location', 'cmi.core.lesson_location', 'page' + page);
    set('cmi.suspend_data', 'cmi.suspend_data', ['v1', page, choice()].join('|'));
  }

  // Each answer has one place; only what changed since the last launch is written again.
  function answer(id, type, text, question, right, correct) {
    if (!text || told[id] === text) { return; }
    told[id] = text;
    if (!(id in places)) { places[id] = get('cmi.interactions._count', 'cmi.interactions._count'); }
    var path = 'cmi.interactions.' + places[id] + '.';
    set(path + 'id', path + 'id', id);
    set(path + 'type', path + 'type', type);
    set(path + 'description', '', question);
    if (correct) { set(path + 'correct_responses.0.pattern', path + 'correct_responses.0.pattern', correct); }
    set(path + 'learner_response', path + 'student_response', text);
    set(path + 'result', path + 'result', right);
  }

  function answers() {
    answer('q1', 'choice', choice(), 'What did the rings of prisms change?',
      choice() === 'a' ? 'correct' : is2004 ? 'incorrect' : 'wrong', 'a');
    answer('q2', 'fill-in', element('q2').value.trim(), 'What would you do on a long night?', 'neutral', '');
    var comment = element('comment').value.trim();
    if (comment && comment !== sent) {
      sent = comment;
      var path = 'cmi.comments_from_learner.' + (is2004 ? get('cmi.comments_from_learner._count', '') : '') + '.';
      set(path + 'comment', 'cmi.comments', comment);
      set(path + 'location', '', 'page' + page);
    }
  }

  function score() { return (choice() === 'a' ? 70 : 0) + (element('q2').value.trim() ? 30 : 0); }

  function leave(text) {
    over = true;
    document.querySelector('main').hidden = true;
    element('done').hidden = false;
    element('result').textContent = text;
    if (is2004) { api.Terminate(''); } else { api.LMSFinish(''); }
  }

  function suspend() {
    if (over) { return; }
    remember();
    answers();
    set('cmi.completion_status', 'cmi.core.lesson_status', 'incomplete');
    set('cmi.exit', 'cmi.core.exit', 'suspend');
    leave('You can come back at any time.');
  }

  function finish() {
    if (over) { return; }
    remember();
    answers();
    var points = score();
    var passed = points >= 70;
    set('cmi.score.max', 'cmi.core.score.max', 100);
    set('cmi.score.min', 'cmi.core.score.min', 0);
    set('cmi.score.raw', 'cmi.core.score.raw', points);
    set('cmi.score.scaled', '', points / 100);
    set('cmi.completion_status', '', 'completed');
    set('cmi.success_status', 'cmi.core.lesson_status', passed ? 'passed' : 'failed');
    set('cmi.exit', 'cmi.core.exit', is2004 ? 'normal' : '');
    leave(points + ' of 100 points: ' + (passed ? 'passed.' : 'not passed.'));
  }

  function turn(number) {
    show(number);
    remember();
    answers();
    commit();
  }

  function resume() {
    var kept = get('cmi.suspend_data', 'cmi.suspend_data').split('|');
    if (kept[0] !== 'v1') { return; }
    show(kept[1] === '2' ? 2 : 1);
    var chosen = kept[2] && element('q1-' + kept[2]);
    if (chosen) { chosen.checked = true; told.q1 = kept[2]; }
    element('resumed').hidden = false;
  }

  function start() {
    var found = find();
    api = found[0];
    is2004 = found[1];
    if (!api) { element('learner-name').textContent = 'stranger'; return; }
    if (is2004) { api.Initialize(''); } else { api.LMSInitialize(''); }
    element('learner-name').textContent = get('cmi.learner_name', 'cmi.core.student_name');
    element('learner-id').textContent = get('cmi.learner_id', 'cmi.core.student_id');
    if (get('cmi.entry', 'cmi.core.entry') === 'resume') { resume(); }
    var status = get('cmi.completion_status', 'cmi.core.lesson_status');
    if (status === 'unknown' || status === 'not attempted') {
      set('cmi.completion_status', 'cmi.core.lesson_status', 'incomplete');
      commit();
    }
    element('next').onclick = function () { turn(2); };
    element('back').onclick = function () { turn(1); };
    element('suspend').onclick = suspend;
    element('finish').onclick = finish;
    document.querySelectorAll('input[name=q1]').forEach(function (one) { one.onchange = answers; });
    document.body.dataset.ready = 'true';
  }

  start();
})();
