// The screen of a station: a card reader's keys, touches, the countdown, speech, and finding back by itself.
// Everything shown comes from the hub; what this page decides is only how to draw a second.
(function () {
  "use strict";
  var station = document.body.getAttribute("data-station");
  var at = "/kiosk/" + station;
  var spoken = null, expires = null, ticking = null, events = null, again = null, away = false;
  var asked = 0, shut = false, hold = 0, ANSWER_MS = 10000;

  function main() { return document.getElementById("main"); }
  function read(node, name) { return node.getAttribute("data-" + name) || ""; }

  // ---- speech: the browser's own voice, where it has one
  var canSpeak = "speechSynthesis" in window && "SpeechSynthesisUtterance" in window;
  var sound = document.getElementById("sound");
  function soundOn() { try { return localStorage.getItem("sound") !== "off"; } catch (e) { return true; } }
  function speak(text) {
    if (!canSpeak || !text) return;
    var words = new SpeechSynthesisUtterance(text);
    words.lang = document.documentElement.lang;
    words.rate = 0.85;
    window.speechSynthesis.cancel();
    window.speechSynthesis.speak(words);
  }
  function drawSound() {
    sound.hidden = !canSpeak;
    sound.setAttribute("aria-pressed", String(soundOn()));
    sound.textContent = read(sound, soundOn() ? "on" : "off");
  }
  sound.addEventListener("click", function () {
    try { localStorage.setItem("sound", soundOn() ? "off" : "on"); } catch (e) { /* kept for this page only */ }
    if (!soundOn() && canSpeak) window.speechSynthesis.cancel();
    drawSound();
  });

  // ---- what stands on the screen
  function put(html) {
    var box = document.createElement("template");
    box.innerHTML = html;
    var next = box.content.querySelector("main");
    if (!next) return;
    // A word of farewell and a list of names stand their time; only a person in the chair ends it.
    var held = hold - performance.now();
    if (held > 0 && read(next, "key") === "waiting") {
      clearTimeout(expires);
      expires = setTimeout(look, held);
      return;
    }
    main().replaceWith(next);
    came();
  }

  function came() {
    var face = main();
    clearTimeout(expires); clearInterval(ticking);
    var key = read(face, "key");
    if (read(face, "clock")) {
      document.getElementById("clock").textContent = read(face, "clock");
      document.getElementById("today").textContent = read(face, "today");
    }
    if (key !== spoken) {
      if (canSpeak) window.speechSynthesis.cancel();
      spoken = key;
      document.getElementById("told").textContent = read(face, "say");
      if (soundOn()) speak(read(face, "say"));
      face.focus({ preventScroll: true });
    }
    var ms = Number(read(face, "expires"));
    hold = key !== "waiting" && /^(goodbye|names|card_)/.test(key) ? performance.now() + ms - 50 : 0;
    // Its own end, and a look every half minute in case an event was lost.
    if (ms > 0) expires = setTimeout(look, Math.min(ms, 30000));
    countdown(face.querySelector(".ring"));
  }

  function countdown(ring) {
    if (!ring) return;
    var end = performance.now() + Number(read(ring, "left"));
    var whole = Math.max(1, Number(read(ring, "whole")));
    var arc = document.getElementById("arc"), text = document.getElementById("seconds");
    function draw() {
      var left = Math.max(0, end - performance.now());
      arc.setAttribute("stroke-dasharray", Math.round(1257 * Math.min(1, left / whole)) + " 1257");
      text.textContent = String(Math.ceil(left / 1000));
      if (left <= 0) clearInterval(ticking);
    }
    draw();
    ticking = setInterval(draw, 250);
  }

  // ---- talking to the hub
  function ask(path, form) {
    var mine = ++asked;
    // A hub whose power is gone answers nothing, not even no: what stands on the screen must not wait for it.
    var given = new AbortController();
    var late = setTimeout(function () { given.abort(); }, ANSWER_MS);
    var what = { credentials: "same-origin", headers: { "x-kiosk": "1" }, signal: given.signal };
    if (form) { what.method = "POST"; what.body = new URLSearchParams(form); }
    return fetch(at + path, what).then(function (answer) {
      if (answer.status === 401) { closed(); return null; }
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.text();
    }).finally(function () {
      clearTimeout(late);
    }).then(function (html) {
      back();
      // An answer that was overtaken by a later question is not shown.
      // What was done is answered in any case: the event of that very act may have come first.
      if (html !== null && (form || mine === asked)) put(html);
    }).catch(lost);
  }
  function look() { if (!shut) ask("/face"); }

  function lost() {
    if (shut) return;
    // A line that says nothing any more does not end by itself either.
    if (events) events.close();
    if (!away) {
      away = true;
      // Nothing of anybody stays where the hub cannot say that it should.
      put(document.getElementById("away").innerHTML);
      var since = main().querySelector(".since"), now = new Date();
      since.textContent = ("0" + now.getHours()).slice(-2) + ":" + ("0" + now.getMinutes()).slice(-2);
    }
    retry();
  }
  function back() { away = false; }
  function retry() {
    clearTimeout(again);
    again = setTimeout(function () { listen(); look(); }, 2000);
  }
  function closed() {
    shut = true;
    if (events) events.close();
    put(document.getElementById("shut").innerHTML);
    // Let in again by a new link, it goes on by itself.
    setTimeout(function () { location.reload(); }, 60000);
  }

  function listen() {
    if (!window.EventSource || shut) return;
    if (events && events.readyState !== EventSource.CLOSED) return;
    events = new EventSource(at + "/live");
    events.addEventListener("changed", look);
    events.onopen = look;
    events.onerror = lost;
  }

  // ---- touches
  document.addEventListener("click", function (event) {
    var button = event.target.closest("main button");
    if (!button || away || shut) return;
    if (button.hasAttribute("data-act")) {
      var form = { act: read(button, "act") };
      if (button.hasAttribute("data-person")) form.person = read(button, "person");
      if (button.hasAttribute("data-meal")) form.meal = read(button, "meal");
      ask("/act", form);
    } else if (button.hasAttribute("data-names")) {
      var which = read(button, "names");
      ask("/names" + (which ? "?" + which : ""));
    } else if (button.hasAttribute("data-back")) {
      hold = 0;
      look();
    } else if (button.hasAttribute("data-aloud")) {
      speak(read(button, "aloud"));
    } else if (button.hasAttribute("data-print")) {
      window.print();
    } else if (button.hasAttribute("data-cover")) {
      document.getElementById("numbers").classList.toggle("covered");
      var other = read(button, "cover");
      button.setAttribute("data-cover", button.textContent);
      button.textContent = other;
    }
  });

  // ---- a card reader types faster than anybody: less than 50 ms from key to key, Enter at the end
  var typed = "", last = 0, FAST_MS = 50, LEAST = 4, MOST = 64;
  window.addEventListener("keydown", function (event) {
    var now = event.timeStamp;
    if (now - last >= FAST_MS) typed = "";
    last = now;
    if (event.key === "Enter") {
      var number = typed;
      typed = "";
      if (number.length < LEAST || number.length > MOST) return;
      // Not the press of a button that happens to have the focus.
      event.preventDefault();
      event.stopPropagation();
      if (!away && !shut) ask("/card", { number: number });
      return;
    }
    if (event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey) {
      typed += event.key;
      if (typed.length > 1) event.preventDefault();
    }
  }, true);

  drawSound();
  came();
  listen();
}());
