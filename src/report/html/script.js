
"use strict";
(() => {
  const form = document.getElementById("filter");
  if (!form) return;
  const keys = ["q", "rule", "not", "image", "folder"];
  const items = Array.from(document.querySelectorAll("article"), (node) => {
    const file = node.closest(".file");
    const path = file.dataset.path;
    return {
      node, file, path,
      text: (path + " " + node.querySelector("summary").textContent).toLowerCase(),
      rules: node.dataset.rules.split(" "),
      not: node.dataset.not.split(" "),
      folder: path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : ".",
    };
  });
  const files = Array.from(document.querySelectorAll(".file"));
  const status = document.getElementById("shown");

  // What the address asks for; nothing where it names a place of the page.
  const asked = () => {
    const hash = location.hash.slice(1);
    if (!hash.includes("=")) return null;
    const all = {};
    for (const pair of hash.split("&")) {
      const at = pair.indexOf("=");
      const key = pair.slice(0, at);
      if (!keys.includes(key)) continue;
      try { all[key] = decodeURIComponent(pair.slice(at + 1)); } catch { all[key] = pair.slice(at + 1); }
    }
    return all;
  };

  const show = (wanted) => {
    const words = (wanted.q || "").toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const it of items) {
      const fits = words.every((word) => it.text.includes(word))
        && (!wanted.rule || it.rules.includes(wanted.rule))
        && (!wanted.not || it.not.includes(wanted.not))
        && (!wanted.image || it.node.dataset.image === wanted.image)
        && (!wanted.folder || it.folder === wanted.folder);
      it.node.hidden = !fits;
      if (fits) count += 1;
    }
    const all = keys.every((key) => !wanted[key]);
    for (const file of files) {
      file.hidden = !all && !file.querySelector("article:not([hidden])");
    }
    const more = ["image", "folder"].filter((key) => wanted[key]).map((key) => `, ${key} ${wanted[key]}`);
    status.textContent = `${count} of ${items.length} containers${more.join("")}`;
  };

  const fromAddress = (event) => {
    const wanted = asked();
    if (!wanted) { if (!event) show({}); return; }
    for (const key of ["q", "rule", "not"]) form.elements[key].value = wanted[key] || "";
    show(wanted);
    document.getElementById("containers").scrollIntoView();
  };

  const fromForm = () => {
    const wanted = {};
    for (const key of ["q", "rule", "not"]) wanted[key] = form.elements[key].value;
    const pairs = Object.entries(wanted).filter((it) => it[1]);
    const hash = pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&");
    history.replaceState(null, "", hash ? `#${hash}` : "#containers");
    show(wanted);
  };

  form.hidden = false;
  form.addEventListener("input", fromForm);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(fromForm));
  document.getElementById("open").addEventListener("click", () => {
    for (const it of items) if (!it.node.hidden) it.node.querySelector("details").open = true;
  });
  addEventListener("hashchange", fromAddress);
  addEventListener("beforeprint", () => {
    for (const it of document.querySelectorAll("details")) it.open = true;
  });
  fromAddress();
})();
