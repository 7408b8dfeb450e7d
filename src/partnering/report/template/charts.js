/* Charts: a mark that is pointed at, tapped or reached by arrow keys says what it is, and what is not its own fades. */
{
  const tip = document.createElement("p");
  Object.assign(tip, { className: "tip", role: "status", hidden: true });
  document.querySelector("main").append(tip);
  for (const svg of document.querySelectorAll(".exhibit svg")) {
    const marks = [...svg.querySelectorAll("g > title")].map((title) => Object.assign(title.parentNode, { said: title.textContent }));
    const series = (mark) => mark.said.split(":")[0];
    const show = (mark) => {
      tip.hidden = !mark;
      for (const each of marks) each.classList.toggle("faded", Boolean(mark) && series(each) !== series(mark));
      if (!mark) return;
      const box = mark.getBoundingClientRect();
      tip.textContent = mark.said;
      tip.style.top = `${box.top > 90 ? box.top - tip.offsetHeight - 8 : Math.min(box.bottom, innerHeight - 90) + 8}px`;
      tip.style.left = `${Math.max(8, Math.min((box.left + box.right - tip.offsetWidth) / 2, innerWidth - tip.offsetWidth - 8))}px`;
    };
    for (const mark of marks) mark.firstChild.remove();
    if (marks.length) svg.tabIndex = 0;
    svg.onpointerover = (event) => show(marks.find((mark) => mark.contains(event.target)));
    svg.onpointerleave = svg.onblur = () => show();
    svg.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape" || !step) return show();
      event.preventDefault();
      svg.at = ((svg.at ?? (step > 0 ? -1 : 0)) + step + marks.length) % marks.length;
      show(marks[svg.at]);
    };
  }
}
