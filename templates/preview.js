// Loads the page again when the preview has a newer state of it than this one is of.
(() => {
  const mine = document.currentScript.dataset.number;
  let source = null;
  const listen = () => {
    source = new EventSource("/.preview/events");
    source.onmessage = (event) => {
      if (event.data !== mine) {
        source.close();
        location.reload();
      }
    };
  };
  // A browser opens six connections to a host: hidden pages give theirs back.
  const update = () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else if (source === null) {
      listen();
    }
  };
  document.addEventListener("visibilitychange", update);
  update();
})();
