// Runs in the page of the learning platform: reads who learns, fills the launch address, loads the driver.
(function () {
  'use strict';
  var SUFFIX = '@SUFFIX@';
  var PATIENCE = 30000;

  function stop(text) {
    window.alert(text);
  }

  function sameScheme(address) {
    if (window.location.protocol === 'https:') { return address.replace(/^http:/i, 'https:'); }
    if (window.location.protocol === 'http:') { return address.replace(/^https:/i, 'http:'); }
    return address;
  }

  // FIPS 180-4. Written out because crypto.subtle is missing on plain http pages.
  function sha256(text) {
    var bytes = Array.from(new TextEncoder().encode(text));
    var bits = bytes.length * 8;
    var constants = [], hash = [], candidate = 2;
    function fraction(root) { return ((root - Math.floor(root)) * 4294967296) | 0; }
    function turn(word, by) { return (word >>> by) | (word << (32 - by)); }
    while (constants.length < 64) {
      var prime = true;
      for (var divisor = 2; divisor * divisor <= candidate; divisor += 1) { if (candidate % divisor === 0) { prime = false; } }
      if (prime) {
        if (hash.length < 8) { hash.push(fraction(Math.pow(candidate, 1 / 2))); }
        constants.push(fraction(Math.pow(candidate, 1 / 3)));
      }
      candidate += 1;
    }
    bytes.push(0x80);
    while (bytes.length % 64 !== 56) { bytes.push(0); }
    for (var shift = 56; shift >= 0; shift -= 8) { bytes.push(Math.floor(bits / Math.pow(2, shift)) & 255); }
    for (var block = 0; block < bytes.length; block += 64) {
      var words = [];
      for (var i = 0; i < 64; i += 1) {
        if (i < 16) {
          var at = block + i * 4;
          words[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
        } else {
          var a = words[i - 15], b = words[i - 2];
          words[i] = (words[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + words[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10))) | 0;
        }
      }
      var h = hash.slice();
      for (var r = 0; r < 64; r += 1) {
        var one = (h[7] + (turn(h[4], 6) ^ turn(h[4], 11) ^ turn(h[4], 25)) + ((h[4] & h[5]) ^ (~h[4] & h[6])) + constants[r] + words[r]) | 0;
        var two = ((turn(h[0], 2) ^ turn(h[0], 13) ^ turn(h[0], 22)) + ((h[0] & h[1]) ^ (h[0] & h[2]) ^ (h[1] & h[2]))) | 0;
        h = [(one + two) | 0, h[0], h[1], h[2], (h[3] + one) | 0, h[4], h[5], h[6]];
      }
      hash = hash.map(function (word, index) { return (word + h[index]) | 0; });
    }
    return hash.map(function (word) { return (word >>> 0).toString(16).padStart(8, '0'); }).join('');
  }

  function parseName(text) {
    var last, first, cut = text.trim().indexOf(' ');
    if (text.indexOf(',') >= 0) {
      last = text.split(',')[0].trim();
      first = text.split(',')[1].trim();
    } else if (cut > 0) {
      first = text.trim().slice(0, cut);
      last = text.trim().slice(cut + 1).trim();
    } else {
      last = text.trim();
    }
    return { last: last || 'Unknown', first: first || 'Learner' };
  }

  // A template sees its own field and the plain SHA-256 of it; other variables stay as they stand.
  function filled(template, name, value) {
    return template.replace(/\{\{(\w+)\}\}/g, function (whole, variable) {
      if (variable === name) { return value; }
      return variable === name + 'Hash' ? sha256(value) : whole;
    });
  }

  function registrationArgument() {
    if (ScormDriver.isFirstTime()) { return '&regid=_new_'; }
    var chunk = ScormDriver.dataChunk();
    if (chunk && /^[A-Za-z0-9_.-]+$/.test(chunk)) { return '&regid=' + chunk; }
    return Number(DispatchVersion) > 0 ? '&regid=_none_' : '';
  }

  function pipeAddress() {
    var path = window.location.pathname;
    return window.location.protocol + '//' + window.location.host + path.slice(0, path.lastIndexOf('/'));
  }

  function withToken(address, token) {
    var cut = address.indexOf('?');
    var pairs = address.slice(cut + 1).split('&').map(function (pair) {
      var at = pair.indexOf('=');
      return [decodeURIComponent(pair.slice(0, at)), decodeURIComponent(pair.slice(at + 1))];
    }).filter(function (pair) { return pair[0] !== 'dispatchId' && pair[0] !== 'launchtoken'; });
    pairs.push(['launchtoken', token]);
    return address.slice(0, cut + 1) + pairs.map(function (pair) { return pair.map(encodeURIComponent).join('='); }).join('&');
  }

  function launchAddress(settings) {
    var name = parseName(ScormDriver.learnerName());
    var id = filled(settings.learnerIdTemplate || '{{learnerId}}', 'learnerId', ScormDriver.learnerId());
    var values = [
      ['LEARNER_ID', encodeURIComponent(id.replace(/[\/\\]/g, '_'))],
      ['LEARNER_LNAME', encodeURIComponent(filled(settings.learnerLastNameTemplate || '{{learnerLastName}}', 'learnerLastName', name.last))],
      ['LEARNER_FNAME', encodeURIComponent(filled(settings.learnerFirstNameTemplate || '{{learnerFirstName}}', 'learnerFirstName', name.first))],
      ['REFERRING_URL', encodeURIComponent(window.location.href)],
      ['PIPE_URL', encodeURIComponent(pipeAddress())],
      ['REDIRECT_URL', encodeURIComponent(sameScheme(DispatchRoot) + 'Closer' + SUFFIX + '.html')],
      ['CSS_URL', encodeURIComponent(window.DefaultCssUrl || '')],
      ['_REGISTRATION_ARGUMENT', registrationArgument()]
    ];
    var address = values.reduce(function (text, pair) {
      return text.replace(pair[0], function () { return pair[1]; });
    }, sameScheme(ContentURL));
    return settings.launchToken ? withToken(address, settings.launchToken) : address;
  }

  function cacheBuster() {
    var now = new Date();
    return now.getYear() + now.getMonth() + now.getDay() + now.getHours();
  }

  function load(settings) {
    var address = launchAddress(settings);
    var alarm = window.setTimeout(function () { stop("client.driver hasn't loaded"); }, PATIENCE);
    var script = document.createElement('script');
    script.src = DispatchRoot + 'dispatch.client.driver' + SUFFIX + '.js?cachebuster=' + cacheBuster();
    script.onload = function () {
      window.clearTimeout(alarm);
      DispatchDriver.LoadContent(address, pipeAddress(), cacheBuster());
    };
    document.head.appendChild(script);
  }

  // With both names in exactly this spelling, the secrets travel as headers instead of in the query.
  function preLaunch(done) {
    var address = sameScheme(window.PreLaunchConfigurationURL || '');
    if (!address) { done({}); return; }
    var url = new URL(address);
    var id = url.searchParams.get('dispatchId');
    var token = url.searchParams.get('launchtoken');
    var request = new XMLHttpRequest();
    if (id && token) {
      url.searchParams.delete('dispatchId');
      url.searchParams.delete('launchtoken');
      address = url.href;
    }
    request.open('GET', address, true);
    if (id && token) {
      request.setRequestHeader('DispatchId', id);
      request.setRequestHeader('DispatchToken', token);
    }
    request.onload = function () {
      if (request.status === 200) { done(JSON.parse(request.responseText)); return; }
      stop('The launch could not be prepared (' + request.status + ').');
    };
    request.onerror = function () { stop('The launch could not be prepared.'); };
    request.send();
  }

  function start() {
    if (!ScormDriver.connect(LmsStandard)) { stop('No SCORM run-time was found.'); return; }
    if (!ScormDriver.learnerId()) { stop('The learning platform named no learner.'); return; }
    preLaunch(load);
  }

  if (document.readyState === 'loading') { document.addEventListener('DOMContentLoaded', start); } else { start(); }
})();
