"use strict";
// The player page: reads what the server said, sends commits, shows what was recorded. Run-times plug in here.
window.SandboxPlayer = (function () {
  const boot = JSON.parse(document.getElementById("boot").textContent);
  let leaving = false;

  // A synchronous request is refused while a page is being torn down; from here on commits go by beacon.
  // The page stays if the learner cancels, so the mark is taken back when scripts run again.
  window.addEventListener("beforeunload", () => { leaving = true; setTimeout(() => { leaving = false; }, 0); });
  window.addEventListener("pagehide", () => { leaving = true; });

  function envelope(elements) {
    return { sesskey: boot.sesskey, launch: boot.launch, elements: elements };
  }

  function beacon(elements) {
    const body = new Blob([JSON.stringify(envelope(elements))], { type: "application/json" });
    return navigator.sendBeacon("/datamodel", body);
  }

  // Returns whether the LMS has the elements (for a beacon: whether the browser has promised to send them).
  function commit(elements) {
    if (leaving) {
      return beacon(elements);
    }
    const request = new XMLHttpRequest();
    try {
      request.open("POST", "/datamodel", false);
      request.setRequestHeader("Content-Type", "application/json");
      request.send(JSON.stringify(envelope(elements)));
    } catch {
      return beacon(elements); // the frame below us is being torn down
    }
    return request.status === 200;
  }

  function chip(id, text, tone) {
    const place = document.getElementById(id);
    place.textContent = text;
    place.className = "chip " + (tone || "");
  }

  async function finished() {
    const answer = await fetch("/attempt/" + boot.course, { cache: "no-store" });
    if (!answer.ok) {
      return;
    }
    const attempt = await answer.json();
    chip("result-completion", attempt.completion, attempt.completion === "completed" ? "good" : "");
    chip("result-success", attempt.success, { passed: "good", failed: "bad" }[attempt.success]);
    chip("result-score", attempt.score === null ? "–" : String(attempt.score));
    chip("result-time", attempt.total_time.toFixed(0) + " s");
    // The frame is hidden, not removed: the package may still be in the call that finished the attempt.
    document.getElementById("scorm_object").hidden = true;
    document.getElementById("leave").hidden = true;
    document.getElementById("result-panel").hidden = false;
    document.getElementById("back").focus();
  }

  return {
    boot: boot,
    commit: commit,
    finished: () => { if (!leaving) { setTimeout(finished, 0); } },
  };
})();
