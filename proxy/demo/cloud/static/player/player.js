// The player: asks what to play, offers the run-time, commits, tells the dispatch client, leaves.
var Player = (function () {
  'use strict';
  var SERVER_LOGGER = '@ORIGIN@@ENGINE@/ServerLogger.jsp';
  var INTERMEDIATE = decodeURIComponent('@ORIGIN_PERCENT@%2FScormEngineInterface%2Fdefaultui%2Fplayer%2Fintermediate.html');
  var SHORTEST = 5000;
  var LONGEST = 300000;
  var config = null;
  var runtime = null;
  var commits = null;
  var server = null;
  var left = false;
  var parameters = new URLSearchParams(window.location.search);

  function fetchText(address, done) {
    var request = new XMLHttpRequest();
    request.open('GET', address, true);
    request.setRequestHeader('X-Requested-With', 'XMLHttpRequest');
    request.onload = function () {
      if (request.status === 200) { done(request.responseText); return; }
      window.alert('The player could not start (' + request.status + ').');
    };
    request.send();
  }

  // Logs may fail: nothing depends on them.
  function log(address, type, body) {
    var request = new XMLHttpRequest();
    request.open('POST', address, true);
    request.setRequestHeader('Content-Type', type);
    request.send(body);
  }

  function serverLog(message) {
    log(SERVER_LOGGER, 'application/x-www-form-urlencoded',
      'msg=' + encodeURIComponent(config.registrationId + ' - ' + message));
  }

  function post(address, wait) {
    var request = new XMLHttpRequest();
    var told = commits.of(runtime);
    request.open('POST', address, !wait);
    request.setRequestHeader('Content-Type', told.type);
    request.onload = function () { if (request.status === 200) { told.arrived(); } };
    try { request.send(told.body); } catch (failed) { return false; }
    return !wait || (request.status === 200 && /<error present="false">/.test(request.responseText));
  }

  function summary(isLaunchState) {
    server.setSummary.apply(null, runtime.summary().concat([isLaunchState]));
  }

  function commit(wait) {
    var saved = post(config.recordResultsUrl, wait);
    if (wait && !saved) { window.alert('Your progress could not be saved.'); }
    summary(false);
    log(EngineAddresses.debugLog, 'text/xml', runtime.debugDocument());
  }

  function leave() {
    if (left) { return; }
    left = true;
    if (!runtime) { window.location.replace(config.redirectOnExitUrl); return; }
    var saved = post(config.recordResultsUrl + '&isExitScormPlayer=true', true);
    if (!saved) { window.alert('Your progress could not be saved.'); }
    summary(false);
    log(EngineAddresses.debugLog, 'text/xml', runtime.debugDocument());
    serverLog('exit');
    window.setTimeout(function () { window.location.replace(config.redirectOnExitUrl); }, 150);
  }

  // A course that talks to the record store itself, and needs no run-time of ours.
  function beginLaunched() {
    server = DispatchServer(config);
    server.showContent();
    serverLog('launched');
    show();
  }

  function begin() {
    commits = Commits(config);
    runtime = Runtime(config, { commit: function () { commit(true); }, terminate: leave });
    window[runtime.apiName] = runtime.api;
    server = DispatchServer(config);
    server.showContent();
    summary(true);
    serverLog('launched');
    window.setInterval(function () {
      if (runtime.running() && !left) { commit(false); }
    }, Math.min(LONGEST, Math.max(SHORTEST, config.commitEvery)));
    show();
  }

  function show() {
    document.getElementById('ScormContent').src = INTERMEDIATE + '?' + ['cache', 'preventRightClick', 'configuration', 'cc']
      .map(function (name) { return name + '=' + encodeURIComponent(parameters.get(name) || ''); }).join('&');
  }

  function configurationAddress() {
    var named = parameters.get('playerConfUrl');
    return (named === 'j' ? EngineAddresses.configuration : named) + window.location.search;
  }

  window.addEventListener('load', function () {
    fetchText('js/dispatch-server-min.js?cache=@BUILD@', function (source) {
      var script = document.createElement('script');
      script.text = source;
      document.head.appendChild(script);
      fetchText(configurationAddress(), function (answer) {
        config = JSON.parse(answer);
        if (['cmi5', 'tincan', 'aicc'].indexOf(config.content) >= 0) { beginLaunched(); } else { begin(); }
      });
    });
  });
  window.addEventListener('pagehide', function () {
    if (!runtime || left) { return; }
    var told = commits.of(runtime);
    fetch(config.recordResultsUrl, {
      method: 'POST', headers: { 'Content-Type': told.type }, body: told.body, keepalive: true
    }).catch(function () { /* the window is gone */ });
  });

  return { contentAddress: function () { return config.contentUrl; }, returned: leave };
})();
