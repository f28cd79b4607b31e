// The demo's clock on a page that stays open.
(function () {
  "use strict";
  var clock = document.getElementById("demo-clock");
  if (!clock || !window.fetch) return;
  var timer = setInterval(function () {
    if (document.hidden) return;
    fetch("/demo-clock", { credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok) { clearInterval(timer); return null; }
      return answer.text();
    }).then(function (text) { if (text) clock.textContent = text; }).catch(function () {});
  }, 5000);
}());
