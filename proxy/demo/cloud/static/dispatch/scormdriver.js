// Speaks with the learning platform: finds the SCORM run-time, reads who learns, writes results.
var ScormDriver = (function () {
  'use strict';
  var api = null;
  var is2004 = false;
  var open = false;
  var complete = false;

  function climb(start, name) {
    var place = start;
    for (var depth = 0; place && depth < 50; depth += 1) {
      try { if (place[name]) { return place[name]; } } catch (blocked) { /* a page of another site */ }
      if (place.parent === place) { return null; }
      place = place.parent;
    }
    return null;
  }

  function opener() {
    try { return window.top.opener; } catch (blocked) { return null; }
  }

  function connect(standard) {
    is2004 = standard === 'SCORM2004';
    var name = is2004 ? 'API_1484_11' : 'API';
    api = climb(window, name) || climb(opener(), name);
    if (!api) { return false; }
    open = String(is2004 ? api.Initialize('') : api.LMSInitialize('')) === 'true';
    return open;
  }

  function read(name2004, name12) {
    var value = is2004 ? api.GetValue(name2004) : api.LMSGetValue(name12);
    return value === null || value === undefined ? '' : String(value);
  }

  function write(name2004, name12, value) {
    var name = is2004 ? name2004 : name12;
    if (!open || !name) { return; }
    if (is2004) { api.SetValue(name, String(value)); } else { api.LMSSetValue(name, String(value)); }
  }

  function commit() {
    if (!open) { return; }
    if (is2004) { api.Commit(''); } else { api.LMSCommit(''); }
  }

  function pad(number, width) {
    return String(number).padStart(width, '0');
  }

  function span(hundredths) {
    var hours = Math.floor(hundredths / 360000);
    var minutes = Math.floor(hundredths / 6000) % 60;
    var seconds = ((hundredths % 6000) / 100).toFixed(2);
    if (is2004) { return 'PT' + hours + 'H' + minutes + 'M' + seconds + 'S'; }
    return pad(hours, 4) + ':' + pad(minutes, 2) + ':' + pad(seconds, 5);
  }

  // Score, then completion, then success. SCORM 1.2 has one word for the last two.
  function summary(completion, success, score) {
    var known = success === 'passed' || success === 'failed';
    if (typeof score === 'number') {
      write('cmi.score.scaled', '', score / 100);
      write('cmi.score.raw', 'cmi.core.score.raw', score);
      write('cmi.score.min', 'cmi.core.score.min', 0);
      write('cmi.score.max', 'cmi.core.score.max', 100);
    }
    if (completion) {
      complete = completion === 'completed';
      write('cmi.completion_status', '', completion);
    }
    if (known) { write('cmi.success_status', '', success); }
    if (known || completion) { write('', 'cmi.core.lesson_status', known ? success : completion); }
    commit();
  }

  function end() {
    if (!open) { return; }
    write('cmi.exit', 'cmi.core.exit', complete ? (is2004 ? 'normal' : '') : 'suspend');
    commit();
    open = false;
    if (is2004) { api.Terminate(''); } else { api.LMSFinish(''); }
  }

  return {
    connect: connect,
    learnerId: function () { return read('cmi.learner_id', 'cmi.core.student_id'); },
    learnerName: function () { return read('cmi.learner_name', 'cmi.core.student_name'); },
    isFirstTime: function () { return read('cmi.entry', 'cmi.core.entry') === 'ab-initio'; },
    dataChunk: function () { return read('cmi.suspend_data', 'cmi.suspend_data'); },
    setDataChunk: function (text) { write('cmi.suspend_data', 'cmi.suspend_data', text); commit(); },
    setSummary: summary,
    setSessionTime: function (hundredths) { write('cmi.session_time', 'cmi.core.session_time', span(hundredths)); },
    end: end
  };
})();
