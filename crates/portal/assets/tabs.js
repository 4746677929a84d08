// Tabs as the keyboard and screen readers know them. Without this file they are links to the parts
// of a page, of which the style shows the one that the address names.
for (const group of document.querySelectorAll(".tabs")) {
  const list = group.querySelector(".tab-links");
  const tabs = [...(list?.querySelectorAll("a") ?? [])];
  const panel = (tab) => document.getElementById(tab.hash.slice(1));
  if (tabs.length === 0 || !tabs.every(panel)) continue;

  const choose = (chosen) => {
    for (const tab of tabs) {
      tab.setAttribute("aria-selected", tab === chosen);
      tab.tabIndex = tab === chosen ? 0 : -1;
      panel(tab).hidden = tab !== chosen;
    }
  };
  const show = (tab) => {
    choose(tab);
    tab.focus();
    // The address leads here again, and the page stays where it is.
    history.replaceState(history.state, "", tab.hash);
  };
  const named = () => tabs.find((tab) => tab.hash === location.hash);

  list.setAttribute("role", "tablist");
  for (const item of list.children) item.setAttribute("role", "presentation");
  for (const tab of tabs) {
    tab.id = `tab-${tab.hash.slice(1)}`;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", panel(tab).id);
    panel(tab).setAttribute("role", "tabpanel");
    panel(tab).setAttribute("aria-labelledby", tab.id);
  }
  group.classList.add("live");
  choose(named() ?? tabs[0]);

  list.addEventListener("click", (event) => {
    const tab = event.target.closest("a");
    if (!tab || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    show(tab);
  });
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(event.target);
    const to = {
      ArrowRight: (at + 1) % tabs.length,
      ArrowLeft: (at + tabs.length - 1) % tabs.length,
      Home: 0,
      End: tabs.length - 1,
      " ": at,
    }[event.key];
    if (at < 0 || to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    show(tabs[to]);
  });
  addEventListener("hashchange", () => {
    const tab = named();
    if (tab) choose(tab);
  });
}
