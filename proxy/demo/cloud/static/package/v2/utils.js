// Helpers of the dispatch package.
function include_script(address) {
  document.write('<script src="' + address + '"><\/script>');
}

// An LMS page may only load what has its own scheme.
function same_scheme(address) {
  if (window.location.protocol === 'https:') { return address.replace(/^http:/i, 'https:'); }
  if (window.location.protocol === 'http:') { return address.replace(/^https:/i, 'http:'); }
  return address;
}

function cache_day() {
  return new Date().toISOString().slice(0, 10);
}
