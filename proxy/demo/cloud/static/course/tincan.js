// A course of the years before cmi5: endpoint, credential and actor are all in its address ("Tin Can launch").
(function () {
  'use strict';
  var launch = new URLSearchParams(window.location.search);
  var actor = JSON.parse(launch.get('actor'));
  var activity = launch.get('activity_id');
  var registration = launch.get('registration');
  var store = RecordStore(launch.get('endpoint'), launch.get('auth'), actor);

  function about(verb, object, result) {
    return Lesson.statement(actor, verb, object || { objectType: 'Activity', id: activity }, Object.assign({
      context: { registration: registration, platform: launch.get('activity_platform') || 'none' }
    }, result ? { result: result } : {}));
  }

  function leave(statements, words) {
    store.remember(activity, registration, 'bookmark', { q1: Lesson.answers().q1 })
      .then(function () { return store.send(statements); })
      .then(function () {
        Lesson.done(words);
        window.parent.Player.returned();
      }, Lesson.problem);
  }

  function answered() { return about('answered', Lesson.question, { response: Lesson.answers().q2 }); }

  function suspend() { leave([answered(), about('suspended')], 'You can come back at any time.'); }

  function finish() {
    var score = Lesson.score();
    leave([answered(), about(score >= 0.7 ? 'passed' : 'failed', null, {
      completion: true, success: score >= 0.7, score: { scaled: score }, duration: Lesson.elapsed()
    })], Math.round(score * 100) + ' of 100 points.');
  }

  store.send([about('attempted')])
    .then(function () { return store.state(activity, registration, 'bookmark'); })
    .then(function (kept) {
      Lesson.resume(kept);
      Lesson.ready(actor.account ? actor.account.name : actor.mbox, suspend, finish);
    })
    .catch(Lesson.problem);
})();
