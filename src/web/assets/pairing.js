// Who is near, and how pairing goes: the page asks for its board every second while a device is in hand,
// else every four. What staff are typing is never taken from under their fingers.
(function () {
  "use strict";
  var board = document.getElementById("board");
  if (!board || !window.fetch) return;

  function typing() {
    var at = document.activeElement;
    return at && at.tagName === "INPUT" && board.contains(at);
  }

  function show(html) {
    var fresh = document.createElement("div");
    fresh.innerHTML = html;
    if (typing()) {
      var now = fresh.querySelector("#seconds"), old = board.querySelector("#seconds");
      if (now && old) { old.textContent = now.textContent; return; }
    }
    var others = board.querySelector("#others"), open = others && others.open;
    board.innerHTML = html;
    others = board.querySelector("#others");
    if (others) others.open = !!open;
    var digits = board.querySelector("input[name=digits]:not([type=hidden])");
    if (digits) digits.focus();
  }

  function look() {
    fetch(board.getAttribute("data-board"), { credentials: "same-origin" }).then(function (answer) {
      if (answer.status === 401) return false;
      return answer.ok ? answer.text().then(function (html) { show(html); return true; }) : true;
    }).catch(function () { return true; }).then(function (on) {
      if (on) setTimeout(look, board.querySelector("#hand") ? 1000 : 4000);
    });
  }

  setTimeout(look, 1000);
}());
