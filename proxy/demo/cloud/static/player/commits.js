// What newer players send: the whole picture or what has changed, as JSON; and either packed as the library LZString does.
var Commits = function (config) {
  'use strict';
  var acknowledged = {};
  var LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+';

  function flat(tree, path, into) {
    if (tree === null || typeof tree !== 'object') { into[path] = tree; return into; }
    Object.keys(tree).forEach(function (key) { flat(tree[key], path ? path + '.' + key : key, into); });
    return into;
  }

  function changes(picture) {
    var found = {};
    Object.keys(picture).forEach(function (name) {
      if (picture[name] !== acknowledged[name]) { found[name] = picture[name]; }
    });
    return found;
  }

  // Codes grow from two bits upwards; each is written with its lowest bit first.
  function bits(text) {
    var known = {}, fresh = {}, count = 3, size = 2, room = 2, word = '', out = [];
    function write(number, width) {
      for (var at = 0; at < width; at += 1) { out.push(number >> at & 1); }
    }
    function grow() { room -= 1; if (room === 0) { room = Math.pow(2, size); size += 1; } }
    function say() {
      if (fresh['_' + word]) {
        delete fresh['_' + word];
        var code = word.charCodeAt(0), wide = code > 255;
        write(wide ? 1 : 0, size);
        write(code, wide ? 16 : 8);
        grow();
      } else { write(known['_' + word], size); }
      grow();
    }
    for (var place = 0; place < text.length; place += 1) {
      var sign = text.charAt(place);
      if (known['_' + sign] === undefined) { known['_' + sign] = count; fresh['_' + sign] = true; count += 1; }
      if (known['_' + word + sign] !== undefined) { word += sign; continue; }
      say();
      known['_' + word + sign] = count;
      count += 1;
      word = sign;
    }
    if (word) { say(); }
    write(2, size);
    return out;
  }

  function signs(text, width) {
    var out = bits(text), found = [];
    do { out.push(0); } while (out.length % width);
    for (var at = 0; at < out.length; at += width) { found.push(parseInt(out.slice(at, at + width).join(''), 2)); }
    return found;
  }

  var PACKED = {
    base64: function (text) {
      var packed = signs(text, 6).map(function (sign) { return (LETTERS + '/').charAt(sign); }).join('');
      while (packed.length % 4) { packed += '='; }
      return packed;
    },
    uri: function (text) { return signs(text, 6).map(function (sign) { return (LETTERS + '-').charAt(sign); }).join(''); },
    'utf-16': function (text) {
      return signs(text, 15).map(function (sign) { return String.fromCharCode(sign + 32); }).join('') + ' ';
    },
    bytes: function (text) {
      var packed = signs(text, 16), bytes = new Uint8Array(packed.length * 2);
      packed.forEach(function (sign, at) { bytes[at * 2] = sign >>> 8; bytes[at * 2 + 1] = sign % 256; });
      return bytes;
    }
  };

  return {
    // What to send now, as which type, and what to call once it has arrived.
    of: function (runtime) {
      var type = 'text/xml', text, picture = null;
      if (config.commits === 'xml') { text = runtime.document(); } else {
        var tree = runtime.tree();
        type = 'application/json';
        picture = flat(tree, '', {});
        text = JSON.stringify(config.commits === 'delta'
          ? { registrationId: config.registrationId, delta: changes(picture) } : tree);
      }
      var pack = PACKED[config.packed];
      return {
        type: !pack ? type : config.packed === 'bytes' ? 'application/octet-stream' : 'text/plain',
        body: pack ? pack(text) : text,
        arrived: function () { acknowledged = picture || {}; }
      };
    }
  };
};
