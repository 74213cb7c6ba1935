(function () {
  "use strict";
  var narrowBelow = 560;
  var config = {displaylogo: false, responsive: true, displayModeBar: false, showTips: false, plotlyServerURL: "", doubleClick: "reset", scrollZoom: false};
  var plots = Array.prototype.slice.call(document.querySelectorAll(".plot"));

  function shown(element) { return element.offsetParent !== null; }

  function put(object, path, value) {
    var keys = path.split("."), last = keys.pop();
    keys.forEach(function (key) { object = object[key] = object[key] || {}; });
    object[last] = value;
  }

  function layoutFor(figure, width) {
    var layout = JSON.parse(JSON.stringify(figure.layout));
    if (width < narrowBelow && figure.narrow) {
      Object.keys(figure.narrow).forEach(function (path) { put(layout, path, figure.narrow[path]); });
    }
    return layout;
  }

  function draw(element) {
    var width = element.parentNode.clientWidth, size = width < narrowBelow ? "narrow" : "wide";
    if (!shown(element) || element.dataset.drawn === size) { return; }
    if (element.dataset.drawn && element.dataset.same) { return; }
    var figure = JSON.parse(document.getElementById(element.dataset.figure).textContent);
    if (!figure.narrow) { element.dataset.same = "1"; }
    var layout = layoutFor(figure, width);
    element.style.minHeight = layout.height + "px";
    Plotly.react(element, figure.data, layout, config);
    element.dataset.drawn = size;
    hideTraces(element);
  }

  function drawAll() { plots.forEach(draw); }

  function drawSlowly(queue) {
    if (!queue.length) { return; }
    draw(queue[0]);
    setTimeout(function () { drawSlowly(queue.slice(1)); }, 0);
  }

  var legend = Array.prototype.slice.call(document.querySelectorAll(".legend button"));

  function hideTraces(element) {
    if (!legend.length || (element.id !== "plot-plane" && element.id !== "plot-space") || !element.dataset.drawn) { return; }
    legend.forEach(function (button) {
      var on = button.getAttribute("aria-pressed") === "true", trace = Number(button.dataset.trace);
      if (element.data[trace] && (element.data[trace].visible !== false) !== on) { Plotly.restyle(element, {visible: on}, [trace]); }
    });
  }

  legend.forEach(function (button) {
    button.addEventListener("click", function () {
      button.setAttribute("aria-pressed", button.getAttribute("aria-pressed") === "true" ? "false" : "true");
      plots.forEach(hideTraces);
    });
  });

  var switches = Array.prototype.slice.call(document.querySelectorAll(".switch button"));
  switches.forEach(function (button) {
    button.addEventListener("click", function () {
      switches.forEach(function (other) {
        var on = other === button;
        other.setAttribute("aria-pressed", on ? "true" : "false");
        document.getElementById(other.dataset.show).hidden = !on;
      });
      drawAll();
    });
  });

  document.querySelectorAll("details").forEach(function (details) {
    details.addEventListener("toggle", function () { if (details.open) { drawSlowly(plots.filter(function (plot) { return details.contains(plot); })); } });
  });

  var waiting;
  window.addEventListener("resize", function () { clearTimeout(waiting); waiting = setTimeout(drawAll, 200); });

  function fit() { plots.forEach(function (plot) { if (plot.dataset.drawn && shown(plot)) { Plotly.Plots.resize(plot); } }); }
  window.addEventListener("beforeprint", function () {
    document.body.classList.add("printing");
    document.querySelectorAll("details").forEach(function (details) { details.dataset.was = details.open ? "1" : ""; details.open = true; });
    drawAll();
    fit();
  });
  window.addEventListener("afterprint", function () {
    document.body.classList.remove("printing");
    document.querySelectorAll("details").forEach(function (details) { details.open = details.dataset.was === "1"; });
    fit();
  });

  if ("IntersectionObserver" in window) {
    var links = {};
    document.querySelectorAll(".contents a").forEach(function (link) { links[link.getAttribute("href").slice(1)] = link; });
    var watcher = new IntersectionObserver(function (entries) {
      entries.forEach(function (entry) {
        if (!entry.isIntersecting) { return; }
        Object.keys(links).forEach(function (id) { links[id].classList.toggle("here", id === entry.target.id); });
      });
    }, {rootMargin: "-10% 0px -80% 0px"});
    Object.keys(links).forEach(function (id) { var target = document.getElementById(id); if (target) { watcher.observe(target); } });
  }

  drawSlowly(plots.filter(shown));
})();
