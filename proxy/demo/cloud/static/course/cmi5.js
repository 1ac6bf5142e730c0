// A cmi5 assignable unit. It reads its launch from its own address, and fetches its credential once (cmi5, section 8).
(function () {
  'use strict';
  var DEFINED = { id: 'https://w3id.org/xapi/cmi5/context/categories/cmi5' };
  var MOVE_ON = { id: 'https://w3id.org/xapi/cmi5/context/categories/moveon' };
  var MASTERY = 'https://w3id.org/xapi/cmi5/context/extensions/masteryscore';
  var launch = new URLSearchParams(window.location.search);
  var actor = JSON.parse(launch.get('actor'));
  var activity = launch.get('activityId');
  var registration = launch.get('registration');
  var store = null;
  var data = null;

  // Every statement has the context that the launcher wrote; it may be added to and not altered (10.2.1).
  function context(categories, extensions) {
    var made = JSON.parse(JSON.stringify(data.contextTemplate));
    made.registration = registration;
    made.contextActivities = made.contextActivities || {};
    if (categories.length) { made.contextActivities.category = (made.contextActivities.category || []).concat(categories); }
    made.extensions = Object.assign(made.extensions || {}, extensions || {});
    return made;
  }

  function defined(verb, result, isResult) {
    var extensions = verb === 'passed' || verb === 'failed' ? {} : null;
    if (extensions && data.masteryScore !== undefined) { extensions[MASTERY] = data.masteryScore; }
    return Lesson.statement(actor, verb, { objectType: 'Activity', id: activity }, Object.assign({
      context: context(isResult ? [DEFINED, MOVE_ON] : [DEFINED], extensions)
    }, result ? { result: result } : {}));
  }

  function answered() {
    return Lesson.statement(actor, 'answered', Lesson.question, {
      context: context([]), result: { response: Lesson.answers().q2 }
    });
  }

  function terminated() { return defined('terminated', { duration: Lesson.elapsed() }, false); }

  function inTurn(statements) {
    return statements.reduce(function (before, one) {
      return before.then(function () { return store.send([one]); });
    }, store.remember(activity, registration, 'bookmark', { q1: Lesson.answers().q1 }));
  }

  function suspend() {
    inTurn([answered(), terminated()])
      .then(function () { Lesson.done('You can come back at any time.', data.returnURL); }, Lesson.problem);
  }

  function finish() {
    var score = Lesson.score();
    var passed = score >= data.masteryScore;
    var time = Lesson.elapsed();
    inTurn([
      answered(),
      defined('completed', { completion: true, duration: time }, true),
      defined(passed ? 'passed' : 'failed', { success: passed, score: { scaled: score }, duration: time }, true),
      terminated()
    ]).then(function () { Lesson.done(Math.round(score * 100) + ' of 100 points.', data.returnURL); }, Lesson.problem);
  }

  function token() {
    return fetch(launch.get('fetch'), { method: 'POST' })
      .then(function (answer) { return answer.json(); })
      .then(function (told) {
        if (!told['auth-token']) { throw new Error('no credential: ' + told['error-code'] + ' ' + told['error-text']); }
        return 'Basic ' + told['auth-token'];
      });
  }

  token().then(function (authorization) {
    store = RecordStore(launch.get('endpoint'), authorization, actor);
    return store.state(activity, registration, 'LMS.LaunchData');
  }).then(function (told) {
    if (!told) { throw new Error('no launch data'); }
    data = told;
    return store.profile('cmi5LearnerPreferences');
  }).then(function (preferences) {
    document.documentElement.lang = ((preferences && preferences.languagePreference) || 'en').split(',')[0];
    return store.send([defined('initialized', null, false)]);
  }).then(function () {
    return store.state(activity, registration, 'bookmark');
  }).then(function (kept) {
    Lesson.resume(kept);
    Lesson.ready(actor.account.name, suspend, finish);
  }).catch(Lesson.problem);
})();
