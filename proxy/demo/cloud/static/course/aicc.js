// A course of the AICC: it asks who the learner is at the address it was launched with, and posts what she did there.
(function () {
  'use strict';
  var launch = {};
  new URLSearchParams(window.location.search).forEach(function (value, name) { launch[name.toLowerCase()] = value; });
  var student = '';

  function say(command, data, method) {
    var form = new URLSearchParams({ command: command, version: '4.0', session_id: launch.aicc_sid, AICC_Data: data || '' });
    var sent = method === 'GET' ? fetch(launch.aicc_url + '?' + form) : fetch(launch.aicc_url, { method: 'POST', body: form });
    return sent.then(function (answer) { return answer.text(); }).then(function (text) {
      if (!/^error\s*=\s*0\b/im.test(text)) { throw new Error(command + ' was answered with ' + text.slice(0, 80)); }
      return text;
    });
  }

  function value(text, name) {
    var found = new RegExp('^' + name + '[^\\S\\n]*=[^\\S\\n]*(.*?)\\r?$', 'im').exec(text);
    return found ? found[1] : '';
  }

  function quoted(text) { return '"' + text.replace(/"/g, '""') + '"'; }

  function answered() {
    return say('PutInteractions', '"course_id","student_id","interaction_id","student_response"\r\n' +
      ['fog', student, 'log', Lesson.answers().q2].map(quoted).join(',') + '\r\n');
  }

  function leave(core, words) {
    say('PutParam', '[Core]\r\n' + core + '[Core_Lesson]\r\nq1=' + Lesson.answers().q1 + '\r\n').then(answered)
      .then(function () { return say('ExitAU'); })
      .then(function () {
        Lesson.done(words);
        window.parent.Player.returned();
      }, Lesson.problem);
  }

  function suspend() { leave('Lesson_Location=log\r\nLesson_Status=incomplete\r\n', 'You can come back at any time.'); }

  function finish() {
    var score = Math.round(Lesson.score() * 100);
    leave('Lesson_Location=end\r\nLesson_Status=' + (score >= 70 ? 'passed' : 'failed') + '\r\nScore=' + score + '\r\n',
      score + ' of 100 points.');
  }

  say('getparam', '', 'GET').then(function (text) {
    student = value(text, 'Student_ID');
    var kept = /^\[core_lesson\]\s*q1=(\w*)/im.exec(text);
    if (kept) { Lesson.resume({ q1: kept[1] }); }
    // As vendors do: what they heard of the learner they tell their own host.
    fetch('aicc.html?' + new URLSearchParams({ who: student, name: value(text, 'Student_Name') }));
    Lesson.ready(student, suspend, finish);
  }).catch(Lesson.problem);
})();
