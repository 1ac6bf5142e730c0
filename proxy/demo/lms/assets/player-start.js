"use strict";
// The package opens when the run-time stands, never before.
document.getElementById("scorm_object").src = window.SandboxPlayer.boot.content;
