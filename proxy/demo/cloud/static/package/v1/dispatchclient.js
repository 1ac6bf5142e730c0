// The first dispatch client: everything on the LMS side is in the package; the cloud is told all there is.
var DispatchClient = (function () {
  'use strict';
  var scorm2004 = LmsStandard === 'SCORM2004';
  var api = null;
  var ended = false;
  var shown = false;
  var complete = false;

  function find(name) {
    var place = window;
    for (var depth = 0; depth < 20; depth += 1) {
      try { if (place[name]) { return place[name]; } } catch (blocked) { /* a page of another site */ }
      if (place.parent === place) { break; }
      place = place.parent;
    }
    try { return window.top.opener && window.top.opener[name]; } catch (blocked) { return null; }
  }

  function get(v2004, v12) {
    return String(scorm2004 ? api.GetValue(v2004) : api.LMSGetValue(v12));
  }

  function set(v2004, v12, value) {
    if (scorm2004) { if (v2004) { api.SetValue(v2004, String(value)); } } else if (v12) { api.LMSSetValue(v12, String(value)); }
  }

  function commit() {
    if (scorm2004) { api.Commit(''); } else { api.LMSCommit(''); }
  }

  // All white space goes; one word fills both names.
  function names(text) {
    var parts = text.indexOf(',') >= 0 ? text.split(',') : [text.slice(text.indexOf(' ') + 1), text.split(' ')[0]];
    var last = (parts[0] || '').replace(/\s+/g, '');
    var first = (parts[1] || '').replace(/\s+/g, '');
    return { last: last || first, first: first || last };
  }

  function beside(file) {
    return window.location.href.replace('dispatch.html', file);
  }

  function launchAddress() {
    var id = get('cmi.learner_id', 'cmi.core.student_id');
    var name = names(get('cmi.learner_name', 'cmi.core.student_name'));
    var fresh = get('cmi.entry', 'cmi.core.entry') === 'ab-initio';
    var chunk = fresh ? '' : get('cmi.suspend_data', 'cmi.suspend_data');
    if (!id) { window.alert('The learning platform named no learner.'); return null; }
    return ContentURL
      .replace('LEARNER_ID', function () { return encodeURIComponent(id.replace(/[\/\\]/g, '_')); })
      .replace('LEARNER_LNAME', function () { return encodeURIComponent(name.last); })
      .replace('LEARNER_FNAME', function () { return encodeURIComponent(name.first); })
      .replace('REFERRING_URL', function () { return encodeURIComponent(window.location.href); })
      .replace('PIPE_URL', function () { return encodeURIComponent(beside('dispatchapi.html')); })
      .replace('REDIRECT_URL', function () { return encodeURIComponent(beside('ConcedeControl.html')); })
      .replace('_REGISTRATION_ARGUMENT', function () {
        return fresh ? '&regid=_new_' : chunk ? '&regid=' + encodeURIComponent(chunk) : '';
      });
  }

  function show() {
    if (shown) { return; }
    shown = true;
    document.getElementById('dispatch_frameset').rows = '0,100%';
  }

  function time(hundredths) {
    var hours = Math.floor(hundredths / 360000);
    var minutes = Math.floor(hundredths / 6000) % 60;
    var seconds = ((hundredths % 6000) / 100).toFixed(2);
    if (scorm2004) { return 'PT' + hours + 'H' + minutes + 'M' + seconds + 'S'; }
    function two(text) { return ('0' + text).slice(text.indexOf('.') >= 0 ? -5 : -2); }
    return ('000' + hours).slice(-4) + ':' + two(String(minutes)) + ':' + two(seconds);
  }

  function summary(completion, success, score, hundredths) {
    if (score !== 'unknown' && score !== '') {
      set('cmi.score.scaled', '', Number(score) / 100);
      set('cmi.score.raw', 'cmi.core.score.raw', score);
      set('cmi.score.min', 'cmi.core.score.min', 0);
      set('cmi.score.max', 'cmi.core.score.max', 100);
    }
    complete = completion === 'completed' || completion === 'complete';
    var known = success === 'passed' || success === 'failed';
    set('cmi.completion_status', '', complete ? 'completed' : 'incomplete');
    if (known) { set('cmi.success_status', '', success); }
    set('', 'cmi.core.lesson_status', known ? success : complete ? 'completed' : 'incomplete');
    set('cmi.session_time', 'cmi.core.session_time', time(Number(hundredths) || 0));
  }

  function command(text) {
    var parts = text.split(':');
    if (parts[0] === 'ShowContent') { set('cmi.suspend_data', 'cmi.suspend_data', parts[1]); commit(); show(); }
    if (parts[0] === 'SetSummary') { summary(parts[1], parts[2], parts[3], parts[4]); }
    if (parts[0] === 'CommitData') { commit(); }
    if (parts[0] === 'ConcedeControl') { concede(); }
  }

  function end() {
    if (ended || !api) { return; }
    ended = true;
    set('cmi.exit', 'cmi.core.exit', complete ? (scorm2004 ? 'normal' : '') : 'suspend');
    commit();
    if (scorm2004) { api.Terminate(''); } else { api.LMSFinish(''); }
  }

  function concede() {
    end();
    document.getElementById('dispatch_content_frame').src = 'goodbye.html';
  }

  window.addEventListener('load', function () {
    api = find(scorm2004 ? 'API_1484_11' : 'API');
    if (!api) { window.alert('No SCORM run-time was found.'); return; }
    if (scorm2004) { api.Initialize(''); } else { api.LMSInitialize(''); }
    var address = launchAddress();
    if (!address) { return; }
    window.setTimeout(show, 30000);
    document.getElementById('dispatch_content_frame').src =
      ContentAPI + '?URL=' + encodeURIComponent(address) + '#' + beside('dispatchapi.html');
  });
  window.addEventListener('pagehide', end);

  return { command: command, ConcedeControl: concede };
})();
