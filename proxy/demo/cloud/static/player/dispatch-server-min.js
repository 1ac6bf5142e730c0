// The player's way to the dispatch client in the learning platform's page.
var DispatchServer = function (config) {
  'use strict';
  var number = 0;
  var host = window.parent;

  function somebodyListens() {
    try { return Boolean(config.dispatchId && host.DispatchRelay); } catch (foreign) { return false; }
  }

  // Launched by a link or by LTI and not from a dispatch package: nobody above listens.
  if (!somebodyListens()) { return { showContent: function () {}, setSummary: function () {} }; }

  function origin(address) {
    try { var url = new URL(address); return /^https?:$/.test(url.protocol) ? url.origin : ''; } catch (broken) { return ''; }
  }

  function post(action, cfg) {
    var target = origin(config.pipeUrl) || origin(host.DispatchRelay.fragment);
    var text = JSON.stringify({ rusticiSoftwareDispatch: true, sequenceNumber: number, action: action, cfg: cfg });
    number += 1;
    if (target) { host.parent.postMessage(text, target); }
  }

  function pipe(text) {
    host.DispatchRelay.send(number + '_' + text);
    number += 1;
  }

  function showContent() {
    if (host.DispatchRelay.pipe) { pipe('ShowContent:' + config.registrationId); return; }
    post('ShowContent', {
      registrationId: config.registrationId,
      standard: config.content === 'scorm' ? config.standard.toLowerCase() : config.content,
      tenant: config.tenant,
      dispatchId: config.dispatchId,
      requestUrl: config.requestUrl,
      pollingFrequency: config.pollingFrequency,
      pollingFailureAction: 'Continue',
      hideErrorDuringTeardown: true
    });
  }

  function setSummary(completion, success, score, hundredths, isLaunchState) {
    if (config.content !== 'scorm') { return; }
    if (host.DispatchRelay.pipe) {
      pipe(['SetSummary', completion, success, score, hundredths].join(':'));
      pipe('CommitData');
      return;
    }
    post('SetSummary', {
      completion: completion, success: success, score: score, duration: hundredths, isLaunchState: isLaunchState
    });
  }

  return { showContent: showContent, setSummary: setSummary };
};
