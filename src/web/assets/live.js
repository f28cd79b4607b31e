// A page that stays true while it is open. The hub says "changed"; the page asks for its board again.
// Plain JavaScript for old browsers of kiosks and clinics; without it the page is simply as it was sent.
(function () {
  "use strict";
  var board = document.getElementById("board");
  var word = document.getElementById("live-word");
  if (!board || !window.EventSource || !window.fetch) return;
  var busy = false, again = false, lost = false;

  function say(name) { if (word) word.textContent = word.getAttribute("data-" + name) || ""; }

  // What the reader had opened or scrolled stays as it was.
  function keep() {
    var open = {}, left = {};
    board.querySelectorAll("details[id]").forEach(function (d) { open[d.id] = d.open; });
    board.querySelectorAll(".scroll[aria-label]").forEach(function (s) {
      left[s.getAttribute("aria-label")] = [s.scrollLeft, s.scrollTop];
    });
    return function () {
      board.querySelectorAll("details[id]").forEach(function (d) { d.open = !!open[d.id]; });
      board.querySelectorAll(".scroll[aria-label]").forEach(function (s) {
        var at = left[s.getAttribute("aria-label")];
        if (at) { s.scrollLeft = at[0]; s.scrollTop = at[1]; }
      });
    };
  }

  // A board that changes by itself says when: a wait that ends.
  var timer = null;
  function again_later() {
    var wait = board.querySelector("[data-again]");
    if (timer) { clearTimeout(timer); timer = null; }
    if (wait) { timer = setTimeout(function () { refresh("new"); }, (Number(wait.getAttribute("data-again")) + 1) * 1000); }
  }
  again_later();

  function refresh(name) {
    if (busy) { again = true; return; }
    busy = true; again = false;
    fetch(board.getAttribute("data-board"), { credentials: "same-origin" }).then(function (answer) {
      if (answer.status === 401) { events.close(); say("ended"); return null; }
      return answer.ok ? answer.text() : null;
    }).then(function (html) {
      if (html !== null) {
        var restore = keep();
        board.innerHTML = html;
        restore();
        again_later();
        say(name);
      }
    }).catch(function () { say("lost"); lost = true; }).then(function () {
      busy = false;
      if (again) refresh("new");
    });
  }

  var events = new EventSource(board.getAttribute("data-live"));
  events.addEventListener("changed", function () { refresh("new"); });
  events.onopen = function () {
    // What came while the line was down is not lost: look once.
    if (lost) { lost = false; refresh("open"); } else { say("open"); }
  };
  events.onerror = function () {
    lost = true;
    say(events.readyState === EventSource.CLOSED ? "ended" : "lost");
  };
}());
