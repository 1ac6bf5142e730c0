// Asks for a custom configuration of this dispatch, then starts the loader.
(function () {
  var address = same_scheme('@CUSTOM_CONFIG_URL@');
  var launchToken = '@LAUNCH_TOKEN@';

  function start() {
    var script = document.createElement('script');
    script.src = DispatchRoot + (window.DispatchClientLoaderFilename || 'dispatch.client.loader.v2.js');
    script.onerror = function () { window.alert('The course could not be loaded.'); };
    document.head.appendChild(script);
  }

  function apply(settings) {
    var lines = '';
    for (var key in settings) { lines += key + "='" + settings[key] + "';\n"; }
    var script = document.createElement('script');
    script.text = lines;
    document.head.appendChild(script);
  }

  var request = new XMLHttpRequest();
  request.open('GET', address, true);
  request.setRequestHeader('launchtoken', launchToken);
  request.onload = function () {
    if (request.status === 200) { apply(JSON.parse(request.responseText)); }
    if (request.status === 200 || request.status === 404) { start(); return; }
    window.alert('The course configuration could not be read (' + request.status + ').');
  };
  request.onerror = function () { window.alert('The course configuration could not be read.'); };
  request.send();
})();
