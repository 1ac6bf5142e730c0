// Runs in the page of the learning platform: opens the course, listens to it, writes results into the LMS.
var DispatchDriver = (function () {
  'use strict';
  var SUFFIX = '@SUFFIX@';
  var PATIENCE = 30000;
  var lastNumber = -100;
  var alarm = null;
  var poll = null;
  var conceding = false;
  var ended = false;
  var debugLog = [];

  function frame(name) {
    return document.getElementById('dispatch_' + name + '_frame');
  }

  function LoadContent(address, pipe, cacheBuster) {
    frame('loading').src = DispatchRoot + 'loading.html';
    alarm = window.setTimeout(function () { window.alert('The initial pipe message is missing.'); }, PATIENCE);
    frame('content').src = DispatchRoot + 'DispatchHost' + SUFFIX + '.html?cachebuster=' + cacheBuster +
      '&URL=' + encodeURIComponent(address) + '#' + pipe;
  }

  function showContent(cfg) {
    window.clearTimeout(alarm);
    ScormDriver.setDataChunk(cfg.registrationId);
    frame('loading').style.display = 'none';
    frame('content').style.visibility = 'visible';
    if (String(cfg.standard).indexOf('scorm') < 0) {
      poll = { cfg: cfg, updated: null, first: true, failingSince: null, timer: null };
      ask();
    }
  }

  // What was known at launch is the LMS's own news already, apart from "incomplete".
  function setSummary(cfg) {
    var completion = cfg.completion === 'complete' ? 'completed' : cfg.completion;
    if (cfg.isLaunchState) {
      if (completion === 'incomplete') { ScormDriver.setSummary('incomplete', null, null); }
      return;
    }
    if (typeof cfg.duration === 'number') { ScormDriver.setSessionTime(cfg.duration); }
    ScormDriver.setSummary(
      completion === 'completed' || completion === 'incomplete' ? completion : null, cfg.success, cfg.score
    );
  }

  function pollAddress() {
    var cfg = poll.cfg;
    var address = window.location.protocol === 'https:' ? cfg.requestUrl.replace(/^http:/i, 'https:')
      : cfg.requestUrl.replace(/^https:/i, 'http:');
    address += address.indexOf('?') < 0 ? '?' : '&';
    address += 'methodName=GetRegistration&registrationId=' + cfg.registrationId;
    if (cfg.tenant) { address += '&tenantName=' + cfg.tenant; }
    if (cfg.dispatchId) { address += '&dispatchId=' + cfg.dispatchId; }
    return address + '&registrationUpdateDate=' + poll.updated;
  }

  function again(after) {
    if (after) { after(); return; }
    poll.timer = window.setTimeout(ask, poll.cfg.pollingFrequency || 1500);
  }

  function failed(after) {
    poll.failingSince = poll.failingSince || Date.now();
    if (Date.now() - poll.failingSince > PATIENCE) {
      poll.failingSince = Date.now();
      window.alert('Your progress is NOT being saved.');
    }
    again(after);
  }

  function ask(after) {
    var request = new XMLHttpRequest();
    request.open('GET', pollAddress(), true);
    request.onload = function () {
      if (request.status !== 200) { failed(after); return; }
      polled(JSON.parse(request.responseText));
      again(after);
    };
    request.onerror = function () { failed(after); };
    request.send();
  }

  function polled(answer) {
    poll.failingSince = null;
    poll.updated = answer.updated;
    setSummary({
      completion: answer.completionStatus === 'COMPLETE' ? 'completed' : 'incomplete',
      success: String(answer.successStatus).toLowerCase(),
      score: answer.scoreIsKnown ? answer.score : 'unknown',
      isLaunchState: poll.first
    });
    poll.first = false;
  }

  function end() {
    if (ended) { return; }
    ended = true;
    ScormDriver.end();
  }

  function ConcedeControl() {
    end();
    frame('content').src = 'goodbye.html';
  }

  function closing() {
    if (conceding) { return; }
    conceding = true;
    if (!poll) { ConcedeControl(); return; }
    window.clearTimeout(poll.timer);
    ask(ConcedeControl);
  }

  function handle(message) {
    if (message.action === 'Closer_ConcedeControl') { closing(); return; }
    if (!(message.sequenceNumber > lastNumber)) { return; }
    lastNumber = message.sequenceNumber;
    switch (message.action) {
      case 'ShowContent': showContent(message.cfg); break;
      case 'SetSummary': setSummary(message.cfg); break;
      case 'RecordInteraction': break;
      default: throw new Error('unknown action');
    }
  }

  // The sender's origin is not looked at: the host page may live anywhere.
  function handlePostMessage(event) {
    var message = null;
    if (typeof event.data !== 'string') { return; }
    try { message = JSON.parse(event.data); } catch (other) { return; }
    if (!message || message.rusticiSoftwareDispatch !== true) { return; }
    debugLog.push(event.data);
    try { handle(message); } catch (problem) { window.alert('A message was not understood: ' + event.data); }
  }

  window.addEventListener('message', handlePostMessage);
  window.addEventListener('pagehide', end);
  return { LoadContent: LoadContent, ConcedeControl: ConcedeControl, debugLog: debugLog };
})();
