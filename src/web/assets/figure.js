// The value under a finger. A mouse gets a picture's titles by hovering; a finger and a keyboard do not.
// Touch or click near a mark, or move through the marks with the arrow keys: time and value stand below
// the picture, and a screen reader says them. Without this script the table beside the picture has them.
(function () {
  "use strict";
  var NEAR_PX = 28;

  function marks(svg) {
    return Array.prototype.slice.call(svg.querySelectorAll("[data-at]")).filter(function (mark) {
      return mark.querySelector("title");
    }).sort(function (a, b) {
      var x = a.getAttribute("data-at"), y = b.getAttribute("data-at");
      return x < y ? -1 : x > y ? 1 : 0;
    });
  }

  // One line for each moment: systolic and diastolic are two marks of one reading.
  function moments(svg) {
    var seen = {};
    return marks(svg).filter(function (mark) {
      var text = mark.querySelector("title").textContent;
      if (seen[text]) return false;
      seen[text] = true;
      return true;
    });
  }

  function shown(figure) {
    var found = null;
    figure.querySelectorAll("svg").forEach(function (svg) {
      if (svg.getBoundingClientRect().width > 0) found = svg;
    });
    return found;
  }

  function say(figure, mark) {
    figure.querySelectorAll(".touched").forEach(function (old) { old.classList.remove("touched"); });
    var text = mark ? mark.querySelector("title").textContent : "";
    if (mark) {
      mark.classList.add("touched");
      figure.setAttribute("data-touched", text);
    } else {
      figure.removeAttribute("data-touched");
    }
    var output = figure.querySelector("output");
    if (output) output.textContent = text;
  }

  function nearest(svg, x, y) {
    var best = null, least = NEAR_PX * NEAR_PX;
    marks(svg).forEach(function (mark) {
      var box = mark.getBoundingClientRect();
      var dx = Math.max(box.left - x, 0, x - box.right), dy = Math.max(box.top - y, 0, y - box.bottom);
      var far = dx * dx + dy * dy;
      if (far <= least) { least = far; best = mark; }
    });
    return best;
  }

  document.addEventListener("click", function (event) {
    var figure = event.target.closest ? event.target.closest("figure.chart") : null;
    var svg = figure && shown(figure);
    if (svg) say(figure, nearest(svg, event.clientX, event.clientY));
  });

  document.addEventListener("keydown", function (event) {
    var figure = event.target;
    if (!figure.matches || !figure.matches("figure.chart")) return;
    if (event.key === "Escape") { say(figure, null); return; }
    var step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
    var svg = step && shown(figure);
    if (!svg) return;
    var all = moments(svg), touched = figure.getAttribute("data-touched"), at = -1;
    if (!all.length) return;
    all.forEach(function (mark, i) { if (mark.querySelector("title").textContent === touched) at = i; });
    // Nothing touched yet: the newest first, whichever arrow.
    var next = at < 0 && isFinite(step) ? all.length - 1 : Math.min(Math.max(at + step, 0), all.length - 1);
    event.preventDefault();
    say(figure, all[next]);
  });
}());
