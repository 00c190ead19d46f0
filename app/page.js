// A marker in an answer, or a footnote number in the letter, scrolls the letter to its passage and lights it up.
// One listener on the document serves every message, also those that are still being written.
(() => {
  const rule = document.createElement("style"); // a rule, not a class: it outlives the letter being drawn again
  document.head.append(rule);
  let origin = null;

  const show = (id) => {
    // Looked up inside the letter: a message cannot pretend to be a passage.
    const passage = /^[sng]\d+$/.test(id) && document.querySelector(`#letter [id="${id}"]`);
    if (!passage) return;
    rule.textContent = `#letter [id="${id}"] { background: var(--lit); box-shadow: 0 0 0 3px var(--lit); }`;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    passage.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
    passage.focus({ preventScroll: true });
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('#chat a[href^="#"], #letter a[href^="#"]');
    if (!link) return;
    event.preventDefault(); // the page has a <base>: following the link would load it anew
    origin = link;
    show(link.getAttribute("href").slice(1));
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && origin && event.target.closest?.("#letter")) origin.focus();
  });
})();
